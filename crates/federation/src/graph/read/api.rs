//! The schema clients see.

use apollo_compiler::ast::{
    DirectiveDefinition, DirectiveList, DirectiveLocation, FieldDefinition, InputValueDefinition, Type, Value,
};
use apollo_compiler::collections::IndexSet;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node, Schema, name, ty};

use super::links::Links;
use super::names::Names;
use crate::graph::GraphError;
use crate::graph::contract::OUTSIDE;
use crate::syntax::placed_problem;

/// Directives whose use clients may see in introspection.
const SHOWN: &[&str] = &["deprecated", "specifiedBy", "oneOf"];

/// The supergraph without inaccessible elements and without the machinery of linked specifications.
pub(super) fn api_schema(
    supergraph: &Schema,
    links: &Links,
    names: &Names,
) -> Result<Valid<Schema>, Vec<GraphError>> {
    let hide = Filter { inaccessible: names.inaccessible.clone() };
    let mut schema = supergraph.clone();
    schema
        .types
        .retain(|name, ty| ty.is_built_in() || !(links.owns_type(name) || hide.is_hidden(ty.directives())));
    let kept: IndexSet<Name> = schema.types.keys().cloned().collect();
    for ty in schema.types.values_mut() {
        hide.ty(ty, &kept);
    }
    schema.directive_definitions.retain(|name, definition| {
        definition.is_built_in()
            || (!links.owns_directive(name)
                && definition.locations.iter().any(|location| is_executable(*location)))
    });
    for definition in schema.directive_definitions.values_mut() {
        if !definition.is_built_in() {
            hide.arguments(&mut definition.make_mut().arguments);
        }
    }
    schema.directive_definitions.entry(name!("defer")).or_insert_with(defer);
    let root = schema.schema_definition.make_mut();
    root.directives.0.clear();
    for name in [&mut root.query, &mut root.mutation, &mut root.subscription] {
        if name.as_ref().is_some_and(|name| !kept.contains(&**name)) {
            *name = None;
        }
    }
    schema.validate().map_err(|invalid| {
        let problem = |finding| GraphError::InvalidApi(placed_problem(&finding));
        invalid.errors.iter().map(problem).collect()
    })
}

/// `@defer` as clients know it (GraphQL specification draft, section 3.13).
fn defer() -> Node<DirectiveDefinition> {
    let argument = |name: Name, ty: Type, default_value: Option<Value>| {
        Node::new(InputValueDefinition {
            description: None,
            name,
            ty: Node::new(ty),
            default_value: default_value.map(Node::new),
            directives: DirectiveList::new(),
        })
    };
    Node::new(DirectiveDefinition {
        description: Some("Delivers a fragment later than what is around it.".into()),
        name: name!("defer"),
        arguments: vec![
            argument(name!("if"), ty!(Boolean!), Some(Value::Boolean(true))),
            argument(name!("label"), ty!(String), None),
        ],
        repeatable: false,
        directives: DirectiveList::new(),
        locations: [DirectiveLocation::FragmentSpread, DirectiveLocation::InlineFragment]
            .into_iter()
            .collect(),
    })
}

fn is_executable(location: DirectiveLocation) -> bool {
    use DirectiveLocation as At;
    matches!(
        location,
        At::Query
            | At::Mutation
            | At::Subscription
            | At::Field
            | At::FragmentDefinition
            | At::FragmentSpread
            | At::InlineFragment
            | At::VariableDefinition
    )
}

struct Filter {
    inaccessible: String,
}

impl Filter {
    fn is_hidden(&self, directives: &DirectiveList) -> bool {
        directives.has(&self.inaccessible) || directives.has(OUTSIDE)
    }

    fn ty(&self, ty: &mut ExtendedType, kept: &IndexSet<Name>) {
        if ty.is_built_in() {
            return;
        }
        match ty {
            ExtendedType::Scalar(scalar) => strip(&mut scalar.make_mut().directives),
            ExtendedType::Object(object) => {
                let object = object.make_mut();
                strip(&mut object.directives);
                object.implements_interfaces.retain(|interface| kept.contains(&**interface));
                object.fields.retain(|_, field| !self.is_hidden(&field.directives));
                object.fields.values_mut().for_each(|field| self.field(field));
            }
            ExtendedType::Interface(interface) => {
                let interface = interface.make_mut();
                strip(&mut interface.directives);
                interface.implements_interfaces.retain(|parent| kept.contains(&**parent));
                interface.fields.retain(|_, field| !self.is_hidden(&field.directives));
                interface.fields.values_mut().for_each(|field| self.field(field));
            }
            ExtendedType::Union(union_type) => {
                let union_type = union_type.make_mut();
                strip(&mut union_type.directives);
                union_type.members.retain(|member| kept.contains(&**member));
            }
            ExtendedType::Enum(enumeration) => {
                let enumeration = enumeration.make_mut();
                strip(&mut enumeration.directives);
                enumeration.values.retain(|_, value| !self.is_hidden(&value.directives));
                enumeration.values.values_mut().for_each(|value| strip(&mut value.make_mut().directives));
            }
            ExtendedType::InputObject(input) => {
                let input = input.make_mut();
                strip(&mut input.directives);
                input.fields.retain(|_, field| !self.is_hidden(&field.directives));
                input.fields.values_mut().for_each(|field| strip(&mut field.make_mut().directives));
            }
        }
    }

    fn field(&self, field: &mut Node<FieldDefinition>) {
        let field = field.make_mut();
        strip(&mut field.directives);
        self.arguments(&mut field.arguments);
    }

    fn arguments(&self, arguments: &mut Vec<Node<InputValueDefinition>>) {
        arguments.retain(|argument| !self.is_hidden(&argument.directives));
        for argument in arguments {
            strip(&mut argument.make_mut().directives);
        }
    }
}

fn strip(directives: &mut DirectiveList) {
    directives.0.retain(|directive| SHOWN.contains(&directive.name.as_str()));
}
