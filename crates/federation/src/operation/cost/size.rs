//! How many values lists have.

use std::sync::Arc;

use apollo_compiler::schema::{ExtendedType, InputValueDefinition};
use serde_json::Value;

use super::Estimator;
use crate::graph::{Field, ListSize};
use crate::operation::normal::{FieldRef, Selection};

/// Why a list is taken to have a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SizeSource {
    /// A slicing argument says so.
    Argument,
    /// `@listSize(assumedSize:)` says so.
    Assumed,
    /// Nothing says anything: the list is not bounded.
    Default,
}

/// A list that is not bounded as it must be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{coordinate}` needs exactly one of {}, which bound its size; {given} are given", listed(arguments))]
pub struct SlicingProblem {
    /// `Type.field`
    pub coordinate: Arc<str>,
    /// The arguments of which one is needed.
    pub arguments: Vec<Arc<str>>,
    /// How many are given.
    pub given: usize,
}

fn listed(arguments: &[Arc<str>]) -> String {
    arguments.iter().map(|argument| format!("`{argument}`")).collect::<Vec<_>>().join(", ")
}

/// A field of a value whose size was said further up (`sizedFields`).
pub(super) struct Sized {
    name: Arc<str>,
    size: (u64, SizeSource),
}

/// A slicing argument of a selection.
enum Slicing {
    /// Given, or its default.
    Known {
        size: u64,
        is_default: bool,
    },
    /// Given by a variable without a value.
    Unknown,
    Absent,
}

impl Estimator<'_> {
    /// The size of a field that is a list, and what is said of the fields below.
    pub(super) fn sizes(
        &mut self,
        selection: &Selection,
        row: &Field,
        sized: &[Sized],
    ) -> (Option<(u64, SizeSource)>, Vec<Sized>) {
        let said = self
            .list_size(selection)
            .map(|list_size| (self.said_size(selection, row, &list_size), list_size));
        let below = match &said {
            Some((size, list_size)) => {
                let sized = |name: &Arc<str>| Sized { name: name.clone(), size: *size };
                list_size.sized_fields.iter().map(sized).collect()
            }
            None => Vec::new(),
        };
        let inherited = sized.iter().find(|sized| sized.name == row.name).map(|sized| sized.size);
        let own = said.filter(|(_, list_size)| list_size.sized_fields.is_empty()).map(|(size, _)| size);
        let unsaid = (self.options.list_size, SizeSource::Default);
        let size = row.wrapping.is_list().then(|| {
            let (size, source) = inherited.or(own).unwrap_or(unsaid);
            // Lists in lists have the size of unbounded ones.
            let inner = self.options.list_size.saturating_pow(u32::from(row.wrapping.lists()) - 1);
            (size.saturating_mul(inner), source)
        });
        (size, below)
    }

    fn list_size(&self, selection: &Selection) -> Option<ListSize> {
        let FieldRef::Field(id) = selection.field else { return None };
        self.declarations(selection, id).find_map(|row| row.metadata.list_size.as_deref().cloned())
    }

    fn said_size(&mut self, selection: &Selection, row: &Field, list_size: &ListSize) -> (u64, SizeSource) {
        let slicing: Vec<Slicing> =
            list_size.slicing_arguments.iter().map(|path| self.slicing(selection, row, path)).collect();
        let is_given = |slicing: &&Slicing| {
            matches!(slicing, Slicing::Unknown | Slicing::Known { is_default: false, .. })
        };
        let given = slicing.iter().filter(is_given).count();
        let has_default =
            slicing.iter().any(|slicing| matches!(slicing, Slicing::Known { is_default: true, .. }));
        let is_bounded = given == 1 || (given == 0 && has_default);
        if list_size.require_one_slicing_argument && !slicing.is_empty() && !is_bounded {
            let arguments = list_size.slicing_arguments.clone();
            self.problems.push(SlicingProblem { coordinate: row.coordinate.clone(), arguments, given });
        }
        // What is given replaces defaults.
        let counts = |slicing: &Slicing| match slicing {
            Slicing::Known { size, is_default } if given == 0 || !is_default => Some(*size),
            _ => None,
        };
        let assumed = list_size.assumed.and_then(|size| u64::try_from(size).ok());
        match (slicing.iter().filter_map(counts).max(), assumed) {
            (Some(size), _) => (size, SizeSource::Argument),
            (None, Some(size)) => (size, SizeSource::Assumed),
            (None, None) => (self.options.list_size, SizeSource::Default),
        }
    }

    /// The value at a name, or at a dotted path into an input object.
    fn slicing(&self, selection: &Selection, row: &Field, path: &str) -> Slicing {
        let mut names = path.split('.');
        let first = names.next().unwrap_or_default();
        let argument = selection.arguments.iter().find(|argument| &*argument.name == first);
        let parent = &self.graph.ty(row.parent).name;
        let definition = self
            .graph
            .api_schema()
            .type_field(parent, &row.name)
            .ok()
            .and_then(|field| field.arguments.iter().find(|definition| definition.name == *first));
        let Some(definition) = definition else { return Slicing::Absent };
        let mut is_default = argument.is_none();
        let value = match argument {
            Some(argument) => match self.json(&argument.value) {
                Some(value) => Some(value),
                None => return Slicing::Unknown,
            },
            None => self.default_of(definition),
        };
        let Some(mut value) = value else { return Slicing::Absent };
        let mut ty = definition.ty.inner_named_type();
        for name in names {
            let Some(ExtendedType::InputObject(input)) = self.graph.api_schema().types.get(ty) else {
                return Slicing::Absent;
            };
            let Some(field) = input.fields.get(name) else { return Slicing::Absent };
            ty = field.ty.inner_named_type();
            value = match value.get(name).cloned() {
                Some(value) => value,
                None => {
                    is_default = true;
                    match self.default_of(field) {
                        Some(value) => value,
                        None => return Slicing::Absent,
                    }
                }
            };
        }
        match size_of(&value) {
            Some(size) => Slicing::Known { size, is_default },
            None => Slicing::Absent,
        }
    }

    fn default_of(&self, definition: &InputValueDefinition) -> Option<Value> {
        self.json(definition.default_value.as_ref()?)
    }
}

/// A number, or as many as there are things asked for by name.
fn size_of(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => Some(number.as_u64().unwrap_or(0)),
        Value::Array(items) => u64::try_from(items.len()).ok(),
        _ => None,
    }
}
