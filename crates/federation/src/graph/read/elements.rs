//! The elements of a supergraph that clients may see, with their tags.

use apollo_compiler::ast::DirectiveList;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Schema};

use super::links::{Links, text};
use super::names::Names;
use crate::graph::GraphError;

/// The types of a supergraph without those of linked specifications.
pub(in crate::graph) struct Elements<'a> {
    schema: &'a Schema,
    links: Links,
    names: Names,
}

impl<'a> Elements<'a> {
    pub(in crate::graph) fn of(schema: &'a Schema) -> Result<Self, Vec<GraphError>> {
        let mut errors = Vec::new();
        let links = Links::read(schema, &mut errors);
        let names = Names::new(&links);
        if errors.is_empty() { Ok(Self { schema, links, names }) } else { Err(errors) }
    }

    pub(in crate::graph) fn types(&self) -> impl Iterator<Item = (&'a Name, &'a ExtendedType)> {
        let own = |(name, ty): &(&Name, &ExtendedType)| !ty.is_built_in() && !self.links.owns_type(name);
        self.schema.types.iter().filter(own)
    }

    pub(in crate::graph) fn get(&self, name: &Name) -> Option<&'a ExtendedType> {
        self.schema.types.get(name)
    }

    /// The query type first.
    pub(in crate::graph) fn roots(&self) -> impl Iterator<Item = &'a Name> {
        let definition = &self.schema.schema_definition;
        let roots = [&definition.query, &definition.mutation, &definition.subscription];
        roots.into_iter().flatten().map(|root| &**root)
    }

    /// The objects and interfaces that implement an interface.
    pub(in crate::graph) fn implementations(&self, interface: &Name) -> Vec<Name> {
        let implements = |ty: &ExtendedType| match ty {
            ExtendedType::Object(object) => {
                object.implements_interfaces.iter().any(|name| **name == *interface)
            }
            ExtendedType::Interface(parent) => {
                parent.implements_interfaces.iter().any(|name| **name == *interface)
            }
            _ => false,
        };
        self.types().filter(|(_, ty)| implements(ty)).map(|(name, _)| name.clone()).collect()
    }

    /// The types of the arguments of directives that clients may use.
    pub(in crate::graph) fn types_of_directives(&self) -> Vec<Name> {
        let own = self.schema.directive_definitions.iter();
        let own = own.filter(|(name, _)| !self.links.owns_directive(name));
        let arguments = own.flat_map(|(_, definition)| &definition.arguments);
        arguments.map(|argument| argument.ty.inner_named_type().clone()).collect()
    }

    pub(in crate::graph) fn tags<'d>(
        &'d self,
        directives: &'d DirectiveList,
    ) -> impl Iterator<Item = String> + use<'d, 'a> {
        let tags = directives.0.iter().filter(|directive| directive.name.as_str() == self.names.tag);
        tags.filter_map(|directive| text(directive, "name"))
    }

    pub(in crate::graph) fn is_hidden(&self, directives: &DirectiveList) -> bool {
        directives.has(&self.names.inaccessible)
    }
}
