//! What a request takes, told beside its answer, for development.
//!
//! In development mode a request with the header `x-include-query-plan: true` gets the plan as text in
//! `extensions.queryPlan`; one with `x-include-cost: true` gets its cost by estimate in `extensions.cost`.

use std::cmp::Reverse;

use bytes::Bytes;
use federation::operation::{Cost, CostOptions, Document, Limits, coerce, estimate, normalize};
use federation::{Engine, Prepared};
use http::{HeaderMap, HeaderName};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The header that asks for the plan.
pub(super) const PLAN: HeaderName = HeaderName::from_static("x-include-query-plan");

/// The header that asks for the cost.
pub(super) const COST: HeaderName = HeaderName::from_static("x-include-cost");

/// What a client wants to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Insight {
    pub(super) plan: bool,
    pub(super) cost: bool,
}

impl Insight {
    /// What the headers of a request ask for.
    pub(super) fn wanted(headers: &HeaderMap) -> Self {
        let wanted = |name| {
            headers
                .get(name)
                .is_some_and(|value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"true"))
        };
        Self { plan: wanted(PLAN), cost: wanted(COST) }
    }

    pub(super) fn is_any(self) -> bool {
        self.plan || self.cost
    }
}

/// The plan for people.
pub(super) fn plan(engine: &Engine, prepared: &Prepared) -> Value {
    federation::plan::print(engine.graph(), prepared.plan()).into()
}

/// A cost as it is told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    /// Before the operation runs, by the rules of the cost directive specification.
    estimated: u64,
    /// What adds to it, the dearest first.
    fields: Vec<ToldField<'a>>,
}

#[derive(Serialize)]
struct ToldField<'a> {
    /// Response keys from the root.
    path: String,
    /// `Type.field`
    coordinate: &'a str,
    /// How often the field is answered.
    times: u64,
    cost: u64,
}

/// What an operation costs by estimate, with what adds to it.
pub(super) fn cost(
    engine: &Engine,
    query: &str,
    operation_name: Option<&str>,
    variables: &[u8],
    limits: &Limits,
) -> Option<Value> {
    serde_json::to_value(told(&estimated(engine, query, operation_name, variables, limits)?)).ok()
}

/// What an operation costs by estimate.
pub(crate) fn estimated_cost(
    engine: &Engine,
    query: &str,
    operation_name: Option<&str>,
    variables: &[u8],
    limits: &Limits,
) -> Option<u64> {
    estimated(engine, query, operation_name, variables, limits).map(|cost| cost.total)
}

/// The document is parsed once more: this is for development, and for operations that take long anyway.
fn estimated(
    engine: &Engine,
    query: &str,
    operation_name: Option<&str>,
    variables: &[u8],
    limits: &Limits,
) -> Option<Cost> {
    let (graph, schema) = (engine.graph(), engine.graph().api_schema());
    let document = Document::parse(schema, query, limits).ok()?;
    let operation = document.operation(operation_name).ok()?;
    let variables = coerce(schema, operation, variables, limits).ok()?;
    let conditions = operation.conditions().evaluate(&variables).ok()?;
    let normal = normalize(graph, &document, operation, &conditions, limits).ok()?;
    Some(estimate(graph, &normal, &variables, CostOptions::default()))
}

fn told(cost: &Cost) -> Told<'_> {
    let mut fields: Vec<_> = cost
        .fields
        .iter()
        .filter(|field| field.cost > 0)
        .map(|field| ToldField {
            path: field.path.join("."),
            coordinate: &field.coordinate,
            times: field.times,
            cost: field.cost,
        })
        .collect();
    fields.sort_by_key(|field| Reverse(field.cost));
    Told { estimated: cost.total, fields }
}

#[derive(Deserialize, Serialize)]
struct Members<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    errors: Option<&'a RawValue>,
    #[serde(default)]
    extensions: Map<String, Value>,
}

/// The answer with more extensions.
pub(super) fn add_to(body: &Bytes, extensions: Map<String, Value>) -> Bytes {
    // `data: null` is kept apart from no `data` by reading it as text.
    let Ok(mut members) = serde_json::from_slice::<Members<'_>>(body) else { return body.clone() };
    members.extensions.extend(extensions);
    serde_json::to_vec(&members).map_or_else(|_| body.clone(), Bytes::from)
}
