//! Parsing field sets once all fields are known.

use std::sync::Arc;

use apollo_compiler::ast::{self, Definition};
use apollo_compiler::parser::Parser;

use super::Reader;
use crate::graph::tables::FieldSelection;
use crate::graph::{GraphError, TypeId, TypeSet};
use crate::syntax;

/// Deeper field sets are refused.
const MAX_DEPTH: usize = 64;

impl Reader<'_> {
    /// Parses every registered field set.
    pub(super) fn parse_field_sets(&mut self) {
        for index in 0..self.field_sets.len() {
            let parent = self.field_sets[index].parent;
            let (text, coordinate) = self.pending[index].clone();
            match self.parse_field_set(parent, &text) {
                Ok(selections) => self.field_sets[index].selections = selections,
                Err(problem) => {
                    let problem = format!("field set `{text}`: {problem}");
                    self.errors.push(GraphError::Malformed { coordinate, problem });
                }
            }
        }
    }

    fn parse_field_set(&self, parent: TypeId, text: &str) -> Result<Vec<FieldSelection>, String> {
        let text = text.trim();
        let wrapped = if text.starts_with('{') { text.to_owned() } else { format!("{{{text}}}") };
        let document = Parser::new()
            .recursion_limit(MAX_DEPTH)
            .parse_ast(wrapped, "field set")
            .map_err(|invalid| syntax::problems(&invalid.errors))?;
        let Some(Definition::OperationDefinition(operation)) = document.definitions.first() else {
            return Err("it selects nothing".to_owned());
        };
        let mut selections = Vec::new();
        self.collect(parent, self.possible(parent), &operation.selection_set, &mut selections)?;
        Ok(selections)
    }

    fn collect(
        &self,
        parent: TypeId,
        scope: &TypeSet,
        written: &[ast::Selection],
        into: &mut Vec<FieldSelection>,
    ) -> Result<(), String> {
        for selection in written {
            match selection {
                ast::Selection::Field(field) => merge(self.field_selection(parent, scope, field)?, into),
                ast::Selection::InlineFragment(fragment) => match &fragment.type_condition {
                    None => self.collect(parent, scope, &fragment.selection_set, into)?,
                    Some(condition) => {
                        let narrowed = self.type_named(condition)?;
                        let scope = scope.intersection(self.possible(narrowed));
                        if !scope.is_empty() {
                            self.collect(narrowed, &scope, &fragment.selection_set, into)?;
                        }
                    }
                },
                ast::Selection::FragmentSpread(spread) => {
                    return Err(format!("named fragment `{}` is not allowed", spread.fragment_name));
                }
            }
        }
        Ok(())
    }

    fn field_selection(
        &self,
        parent: TypeId,
        scope: &TypeSet,
        written: &ast::Field,
    ) -> Result<FieldSelection, String> {
        if written.name == "__typename" {
            return Ok(FieldSelection {
                field: None,
                types: scope.clone(),
                arguments: Vec::new(),
                selections: Vec::new(),
            });
        }
        let row = &self.types[parent.index()];
        let Some(field) = row.fields.get(written.name.as_str()).copied() else {
            return Err(format!("`{}` has no field `{}`", row.name, written.name));
        };
        let mut arguments: Vec<(Arc<str>, _)> = written
            .arguments
            .iter()
            .map(|argument| (Arc::from(argument.name.as_str()), argument.value.clone()))
            .collect();
        arguments.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut selections = Vec::new();
        let ty = self.fields[field.index()].ty;
        let nested = written.selection_set.as_deref().unwrap_or_default();
        self.collect(ty, self.possible(ty), nested, &mut selections)?;
        Ok(FieldSelection { field: Some(field), types: scope.clone(), arguments, selections })
    }

    fn type_named(&self, name: &str) -> Result<TypeId, String> {
        self.type_ids.get(name).copied().ok_or_else(|| format!("there is no type `{name}`"))
    }
}

/// Adds a selection, joining it with an equal one.
fn merge(selection: FieldSelection, into: &mut Vec<FieldSelection>) {
    let same = into.iter_mut().find(|known| {
        known.field == selection.field
            && known.arguments == selection.arguments
            && known.types == selection.types
    });
    match same {
        Some(known) => {
            for child in selection.selections {
                merge(child, &mut known.selections);
            }
        }
        None => into.push(selection),
    }
}
