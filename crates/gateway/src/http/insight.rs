//! What a request takes, told beside its answer.
//!
//! In development mode a request with the header `x-include-query-plan: true` gets the plan as text in
//! `extensions.queryPlan`. Where `limits.show_cost` allows it, one with `x-include-cost: true` gets its cost by estimate
//! and by its answer in `extensions.cost`, and both numbers as headers. Answers in several payloads have all of it in the
//! last, and the estimate as a header.

use std::cmp::Reverse;

use bytes::Bytes;
use federation::operation::Cost;
use federation::{Engine, Prepared};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::app::Gateway;

/// The header that asks for the plan.
pub(super) const PLAN: HeaderName = HeaderName::from_static("x-include-query-plan");

/// The header that asks for the cost.
pub(super) const COST: HeaderName = HeaderName::from_static("x-include-cost");

/// The header with the cost by estimate.
const ESTIMATED: HeaderName = HeaderName::from_static("x-cost-estimated");

/// The header with the cost by the answer.
const ACTUAL: HeaderName = HeaderName::from_static("x-cost-actual");

/// What a client wants to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Insight {
    pub(super) plan: bool,
    pub(super) cost: bool,
}

impl Insight {
    /// What the headers of a request ask for, as far as it is told.
    pub(super) fn wanted(gateway: &Gateway, headers: &HeaderMap) -> Self {
        let wanted = |name| {
            headers
                .get(name)
                .is_some_and(|value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"true"))
        };
        Self { plan: gateway.dev && wanted(PLAN), cost: gateway.shows_cost && wanted(COST) }
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

/// An estimate as it is told.
pub(super) fn cost(cost: &Cost) -> Value {
    // Names and numbers only: nothing that JSON cannot express.
    serde_json::to_value(told(cost)).unwrap_or_default()
}

/// What an answer costs, as headers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Costs {
    estimated: Option<u64>,
    actual: Option<u64>,
}

impl Costs {
    /// As they are told in `extensions`.
    pub(super) fn of(told: &Map<String, Value>) -> Self {
        let number = |name| told.get("cost")?.get(name)?.as_u64();
        Self { estimated: number("estimated"), actual: number("actual") }
    }

    pub(super) fn write(self, headers: &mut HeaderMap) {
        let numbers = [(ESTIMATED, self.estimated), (ACTUAL, self.actual)];
        for (name, number) in numbers {
            headers.extend(number.map(|number| (name, HeaderValue::from(number))));
        }
    }
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

/// A payload after the first, which has no extensions, with some.
pub(super) fn add_to_payload(body: Bytes, extensions: &Map<String, Value>) -> Bytes {
    let Some(open) = body.strip_suffix(b"}").filter(|_| !extensions.is_empty()) else { return body };
    let Ok(extensions) = serde_json::to_vec(extensions) else { return body };
    [open, b",\"extensions\":", &extensions, b"}"].concat().into()
}

/// The answer with more extensions.
pub(super) fn add_to(body: &Bytes, extensions: Map<String, Value>) -> Bytes {
    // `data: null` is kept apart from no `data` by reading it as text.
    let Ok(mut members) = serde_json::from_slice::<Members<'_>>(body) else { return body.clone() };
    members.extensions.extend(extensions);
    serde_json::to_vec(&members).map_or_else(|_| body.clone(), Bytes::from)
}
