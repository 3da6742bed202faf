//! Type definitions.

use apollo_compiler::Node;
use apollo_compiler::ast::{
    Definition, Directive, DirectiveList, EnumTypeDefinition, EnumValueDefinition, FieldDefinition,
    InputObjectTypeDefinition, InputValueDefinition, InterfaceTypeDefinition, ObjectTypeDefinition,
    ScalarTypeDefinition, UnionTypeDefinition,
};

use super::{Application, Printer};
use crate::compose::merge::model::{Graph, MergedField, MergedInput, MergedType, MergedValue};
use crate::compose::subgraph::model::TypeKind;

impl Printer<'_> {
    pub(super) fn type_definition(&self, ty: &MergedType) -> Definition {
        let description = text(&ty.description);
        let name = ty.name.clone();
        let directives = self.type_directives(ty);
        let implements_interfaces = ty.implements.keys().cloned().collect();
        match ty.kind {
            TypeKind::Scalar => ScalarTypeDefinition { description, name, directives }.into(),
            TypeKind::Object => ObjectTypeDefinition {
                description,
                name,
                implements_interfaces,
                directives,
                fields: ty.fields.values().map(|field| self.field(field)).collect(),
            }
            .into(),
            TypeKind::Interface => InterfaceTypeDefinition {
                description,
                name,
                implements_interfaces,
                directives,
                fields: ty.fields.values().map(|field| self.field(field)).collect(),
            }
            .into(),
            TypeKind::Union => {
                let members = ty.members.keys().cloned().collect();
                UnionTypeDefinition { description, name, directives, members }.into()
            }
            TypeKind::Enum => {
                let values = ty.values.values().map(|value| self.value(value)).collect();
                EnumTypeDefinition { description, name, directives, values }.into()
            }
            TypeKind::InputObject => {
                let parents = ty.graphs().into_iter().collect::<Vec<_>>();
                let fields = ty.inputs.values().map(|input| self.input_field(input, &parents)).collect();
                InputObjectTypeDefinition { description, name, directives, fields }.into()
            }
        }
    }

    fn type_directives(&self, ty: &MergedType) -> DirectiveList {
        let mut directives = self.relations("join__implements", "interface", &ty.implements);
        directives.extend(ty.joins.iter().map(|join| self.join_type(join)));
        directives.extend(self.relations("join__unionMember", "member", &ty.members));
        directives.extend(self.metadata(&ty.metadata));
        directives.into_iter().collect()
    }

    fn field(&self, field: &MergedField) -> Node<FieldDefinition> {
        let mut directives: Vec<Node<Directive>> =
            field.joins.iter().map(|join| self.join_field(join)).collect();
        directives.extend(self.metadata(&field.metadata));
        Node::new(FieldDefinition {
            description: text(&field.description),
            name: field.name.clone(),
            arguments: field.arguments.values().map(|argument| self.input(argument, Vec::new())).collect(),
            ty: field.ty.clone(),
            directives: directives.into_iter().collect(),
        })
    }

    fn input_field(&self, input: &MergedInput, parents: &[Graph]) -> Node<InputValueDefinition> {
        let differs = input.joins.len() != parents.len() || input.joins.iter().any(|(_, ty)| ty.is_some());
        let joins = input.joins.iter().filter(|_| differs).map(|(graph, ty)| {
            Application::new("join__field")
                .with("graph", self.graph_value(*graph))
                .with_some("type", ty.as_ref().map(ToString::to_string))
                .build()
        });
        self.input(input, joins.collect())
    }

    fn input(&self, input: &MergedInput, mut directives: Vec<Node<Directive>>) -> Node<InputValueDefinition> {
        directives.extend(self.metadata(&input.metadata));
        Node::new(InputValueDefinition {
            description: text(&input.description),
            name: input.name.clone(),
            ty: Node::new(input.ty.clone()),
            default_value: input.default.clone(),
            directives: directives.into_iter().collect(),
        })
    }

    fn value(&self, value: &MergedValue) -> Node<EnumValueDefinition> {
        let join = |graph: &Graph| {
            Application::new("join__enumValue").with("graph", self.graph_value(*graph)).build()
        };
        let mut directives: Vec<Node<Directive>> = value.graphs.iter().map(join).collect();
        directives.extend(self.metadata(&value.metadata));
        Node::new(EnumValueDefinition {
            description: text(&value.description),
            value: value.name.clone(),
            directives: directives.into_iter().collect(),
        })
    }
}

fn text(description: &Option<String>) -> Option<Node<str>> {
    description.as_deref().map(Node::new_str)
}
