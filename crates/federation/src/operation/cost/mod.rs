//! What an operation costs: at most, estimated before it runs, and in fact, measured by its answer.
//!
//! Rules from <https://ibm.github.io/graphql-specs/cost-spec.html> as federation applies them: `@cost` weighs fields,
//! arguments, input fields and types, `@listSize` says how many values a list has. Without a weight an object, an
//! interface, a union or an input object costs 1 and a leaf nothing; a mutation costs 10 besides. A value of an
//! interface or a union costs what the most expensive of its objects does.

mod arguments;
mod limit;
mod measured;
mod payloads;
mod seen;
mod size;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use self::size::Sized;
use super::normal::{FieldRef, NormalOperation, Selection, SelectionSet};
use super::variables::CoercedVariables;
use crate::graph::{Field, FieldId, Graph, OperationKind, TypeId};

pub use self::measured::measure_answer;
pub use self::payloads::Meter;
pub use self::size::{SizeSource, SlicingProblem};

/// What a mutation costs besides its fields.
const MUTATION: u64 = 10;
/// The weight of an object, interface, union or input object.
const COMPOSITE: i32 = 1;

/// What an estimate assumes where the schema says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostOptions {
    /// How many values a list without `@listSize` has.
    pub list_size: u64,
}

impl Default for CostOptions {
    fn default() -> Self {
        Self { list_size: 10 }
    }
}

/// An estimate. Numbers saturate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// The whole.
    pub total: u64,
    /// What each field adds, in the order of the answer. Where objects may be of several types, the fields of the
    /// most expensive one.
    pub fields: Vec<FieldCost>,
    /// Lists that are not bounded as `@listSize(requireOneSlicingArgument:)` wants it.
    pub problems: Vec<SlicingProblem>,
}

/// What one field adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldCost {
    /// Response keys from the root.
    pub path: Vec<Arc<str>>,
    /// `Type.field`
    pub coordinate: Arc<str>,
    /// How often the field is answered.
    pub times: u64,
    /// For a list, how many values it is taken to have, and why.
    pub size: Option<(u64, SizeSource)>,
    /// The weight of the field and its arguments, for all times and values together, without what is below.
    pub cost: u64,
}

/// Estimates an operation. A variable without a value counts as its default, or else as unknown.
pub fn estimate(
    graph: &Graph,
    operation: &NormalOperation,
    variables: &CoercedVariables,
    options: CostOptions,
) -> Cost {
    estimate_noting(graph, operation, variables, options).0
}

/// As [`estimate`], and whether the variables had a say.
pub(crate) fn estimate_noting(
    graph: &Graph,
    operation: &NormalOperation,
    variables: &CoercedVariables,
    options: CostOptions,
) -> (Cost, bool) {
    let mut estimator = Estimator::new(graph, operation, variables, options);
    let fields = estimator.set(&operation.root, &[], 1);
    let total = sum(&fields).saturating_add(base(operation));
    (Cost { total, fields, problems: estimator.problems }, estimator.asked_variables.get())
}

fn base(operation: &NormalOperation) -> u64 {
    if operation.kind == OperationKind::Mutation { MUTATION } else { 0 }
}

struct Estimator<'a> {
    graph: &'a Graph,
    operation: &'a NormalOperation,
    variables: &'a CoercedVariables,
    options: CostOptions,
    path: Vec<Arc<str>>,
    problems: Vec<SlicingProblem>,
    /// Whether a variable was looked at.
    asked_variables: Cell<bool>,
}

fn sum(fields: &[FieldCost]) -> u64 {
    fields.iter().fold(0, |total, field| total.saturating_add(field.cost))
}

impl<'a> Estimator<'a> {
    fn new(
        graph: &'a Graph,
        operation: &'a NormalOperation,
        variables: &'a CoercedVariables,
        options: CostOptions,
    ) -> Self {
        Self {
            graph,
            operation,
            variables,
            options,
            path: Vec::new(),
            problems: Vec::new(),
            asked_variables: Cell::new(false),
        }
    }
}

impl Estimator<'_> {
    /// The fields of a selection set that is answered `times` times. Recursion is bounded by the limits of the
    /// operation.
    fn set(&mut self, set: &SelectionSet, sized: &[Sized], times: u64) -> Vec<FieldCost> {
        let costs: Vec<Vec<FieldCost>> =
            set.selections.iter().map(|selection| self.selection(selection, sized, times)).collect();
        let objects = set.selections.iter().flat_map(|selection| selection.types.iter());
        let alternatives: BTreeSet<Vec<usize>> = objects
            .map(|object| {
                let applies = |index: &usize| set.selections[*index].types.contains(object);
                (0..set.selections.len()).filter(applies).collect()
            })
            .collect();
        let total = |chosen: &Vec<usize>| {
            chosen.iter().fold(0_u64, |total, index| total.saturating_add(sum(&costs[*index])))
        };
        let chosen = alternatives.into_iter().max_by_key(total).unwrap_or_default();
        let mut costs: Vec<Option<Vec<FieldCost>>> = costs.into_iter().map(Some).collect();
        chosen.into_iter().filter_map(|index| costs[index].take()).flatten().collect()
    }

    fn selection(&mut self, selection: &Selection, sized: &[Sized], times: u64) -> Vec<FieldCost> {
        let FieldRef::Field(id) = selection.field else { return Vec::new() };
        self.path.push(selection.key.clone());
        let fields = self.field(selection, id, sized, times);
        self.path.pop();
        fields
    }

    fn field(&mut self, selection: &Selection, id: FieldId, sized: &[Sized], times: u64) -> Vec<FieldCost> {
        let graph = self.graph;
        let row = graph.field(id);
        let (size, below) = self.sizes(selection, row, sized);
        let values = times.saturating_mul(size.map_or(1, |(size, _)| size));
        let weight = values.saturating_mul(positive(self.weight(selection, id)));
        let arguments = times.saturating_mul(self.arguments_weight(selection, row));
        let mut fields = vec![FieldCost {
            path: self.path.clone(),
            coordinate: row.coordinate.clone(),
            times,
            size,
            cost: weight.saturating_add(arguments),
        }];
        if let Some(set) = &selection.selection_set {
            fields.extend(self.set(set, &below, values));
        }
        fields
    }

    /// The weight of a value: the field's, or else its type's. Of a field of an interface, the greatest among the
    /// types that may answer it.
    fn weight(&self, selection: &Selection, id: FieldId) -> i32 {
        let written = self.graph.field(id);
        let weight = |row: &Field| {
            let own = row.metadata.cost.or(written.metadata.cost);
            own.unwrap_or_else(|| type_weight(self.graph, row.ty))
        };
        let concrete = self.declarations(selection, id).skip(1);
        concrete.map(weight).max().unwrap_or_else(|| weight(written))
    }

    /// The field as written, and as the types that answer it have it.
    fn declarations<'s>(
        &'s self,
        selection: &'s Selection,
        id: FieldId,
    ) -> impl Iterator<Item = &'s Field> + use<'s> {
        let concrete = selection.types.iter().filter_map(move |object| self.graph.concrete_field(object, id));
        std::iter::once(id).chain(concrete).map(|id| self.graph.field(id))
    }
}

/// The weight of a type; of an interface or a union, the greatest among its objects, which are what may be weighed.
fn type_weight(graph: &Graph, id: TypeId) -> i32 {
    if let Some(weight) = graph.ty(id).metadata.cost {
        return weight;
    }
    if graph.leaf_type(id).is_some() {
        return 0;
    }
    let objects = graph.possible(id).iter().filter_map(|object| graph.type_id(graph.object_name(object)));
    objects.map(|object| graph.ty(object).metadata.cost.unwrap_or(COMPOSITE)).max().unwrap_or(COMPOSITE)
}

/// Weights may be negative, costs are not.
fn positive(weight: i32) -> u64 {
    u64::try_from(weight).unwrap_or(0)
}
