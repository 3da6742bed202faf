//! Reading where the values of arguments from context come from.

use std::sync::Arc;

use apollo_compiler::ast::{Directive, Value};

use super::links::text;
use super::{Reader, type_reference};
use crate::graph::tables::{ContextArgument, ContextSource};
use crate::graph::{GraphError, TypeId};

/// An item of `contextArguments`, as written.
struct Written<'a> {
    name: &'a str,
    ty: &'a str,
    context: &'a str,
    selection: &'a str,
}

impl Reader<'_> {
    /// Notes which types set which contexts.
    pub(super) fn read_contexts(&mut self) {
        for index in 0..self.types.len() {
            let Some(ty) = self.schema.types.get(&*self.types[index].name) else { continue };
            for directive in ty.directives().get_all(&self.names.context) {
                if let Some(name) = text(directive, "name") {
                    self.contexts.entry(name).or_default().push(TypeId::from(index));
                }
            }
        }
    }

    /// Reads the `contextArguments` of a `@join__field`.
    pub(super) fn context_arguments(
        &mut self,
        directive: &Directive,
        coordinate: &str,
    ) -> Vec<ContextArgument> {
        let given = directive.specified_argument_by_name("contextArguments");
        let items = given.and_then(|value| value.as_list()).unwrap_or_default();
        let mut read = Vec::with_capacity(items.len());
        for item in items {
            match written(item) {
                Some(written) => read.extend(self.context_argument(&written, coordinate)),
                None => {
                    let problem =
                        "`contextArguments` needs `name`, `type`, `context` and `selection` in every item";
                    self.malformed(coordinate, problem.to_owned());
                }
            }
        }
        read
    }

    fn context_argument(&mut self, written: &Written<'_>, coordinate: &str) -> Option<ContextArgument> {
        let Some(ty) = type_reference::parse(written.ty) else {
            self.malformed(coordinate, format!("`{}` is not a type", written.ty));
            return None;
        };
        let setters = self.contexts.get(written.context).cloned().unwrap_or_default();
        if setters.is_empty() {
            let name = format!("context {}", written.context);
            self.errors.push(GraphError::Unknown { coordinate: coordinate.to_owned(), name });
        }
        let source = |ty: TypeId| {
            let selection = self.field_set(ty, written.selection, coordinate);
            ContextSource { ty, selection }
        };
        Some(ContextArgument {
            name: Arc::from(written.name),
            context: Arc::from(written.context),
            ty: Arc::from(written.ty),
            required: ty.is_non_null(),
            sources: setters.into_iter().map(source).collect(),
        })
    }
}

fn written(item: &Value) -> Option<Written<'_>> {
    let entries = item.as_object()?;
    let get = |key: &str| entries.iter().find(|(name, _)| name == key)?.1.as_str();
    Some(Written {
        name: get("name")?,
        ty: get("type")?,
        context: get("context")?,
        selection: get("selection")?,
    })
}
