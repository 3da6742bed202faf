//! What a request takes, told beside its answer.
//!
//! In development mode a request with the header `x-include-query-plan: true` gets the plan as text in
//! `extensions.queryPlan`. Where `limits.show_cost` allows it, one with `x-include-cost: true` gets its cost by estimate
//! and by its answer in `extensions.cost`, and both numbers as headers. Answers in several payloads have all of it in the
//! last, and the estimate as a header; each event has its own cost, and the first what is the same for all. What cannot
//! send a header for each request says the same in the request's `extensions`.

use std::cmp::Reverse;

use bytes::Bytes;
use federation::operation::Cost;
use federation::{Engine, Prepared, Response};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::limits;
use super::task::Task;
use crate::app::Gateway;
use crate::budget::{Overspent, Spent};
use crate::context::RequestContext;

/// The header that asks for the plan.
pub(super) const PLAN: HeaderName = HeaderName::from_static("x-include-query-plan");

/// The header that asks for the cost.
pub(super) const COST: HeaderName = HeaderName::from_static("x-include-cost");

/// The header with the cost by estimate.
const ESTIMATED: HeaderName = HeaderName::from_static("x-cost-estimated");

/// The header with the cost by the answer.
const ACTUAL: HeaderName = HeaderName::from_static("x-cost-actual");

/// What a client asks to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(super) plan: bool,
    pub(super) cost: bool,
}

impl Wanted {
    /// What the headers of a request ask for.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let wanted = |name| {
            headers
                .get(name)
                .is_some_and(|value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"true"))
        };
        Self { plan: wanted(PLAN), cost: wanted(COST) }
    }

    /// As far as it is told.
    pub(super) fn granted(self, gateway: &Gateway) -> Insight {
        Insight { plan: gateway.dev && self.plan, cost: gateway.shows_cost && self.cost }
    }
}

/// Whether a header asks to be told something.
pub(super) fn asks(name: &HeaderName) -> bool {
    *name == PLAN || *name == COST
}

/// What a client is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Insight {
    pub(super) plan: bool,
    pub(super) cost: bool,
}

impl Insight {
    /// What the headers of a request ask for, as far as it is told.
    pub(super) fn wanted(gateway: &Gateway, headers: &HeaderMap) -> Self {
        Wanted::of(headers).granted(gateway)
    }

    /// What is asked for in one way or another.
    pub(super) fn or(self, other: Self) -> Self {
        Self { plan: self.plan || other.plan, cost: self.cost || other.cost }
    }

    pub(super) fn is_any(self) -> bool {
        self.plan || self.cost
    }
}

/// What the client wants to be told of its request, but for what it costs in fact.
pub(super) fn told(
    gateway: &Gateway,
    task: &Task,
    prepared: &Prepared,
    context: &RequestContext,
    spent: Option<&Spent>,
) -> Map<String, Value> {
    let engine = &gateway.view_of(context).engine;
    let mut told = Map::new();
    if task.insight.plan {
        told.insert("queryPlan".to_owned(), plan(engine, prepared));
    }
    if task.insight.cost {
        told.extend(engine.estimate(prepared).map(|estimate| ("cost".to_owned(), cost(&estimate))));
        let limits = limits::exceeded(gateway, prepared, context);
        let mut exceeded: Vec<Value> =
            limits.iter().flat_map(|error| serde_json::to_value(error).ok()).collect();
        exceeded.extend(spent.and_then(Spent::shadow).map(Overspent::told));
        if !exceeded.is_empty() {
            told.insert("shadowLimits".to_owned(), exceeded.into());
        }
    }
    told
}

/// Adds what a request costs in fact, if its client is told what it costs.
pub(super) fn add_actual(told: &mut Map<String, Value>, actual: Option<u64>) {
    if let (Some(cost), Some(actual)) = (told.get_mut("cost"), actual) {
        cost["actual"] = actual.into();
    }
}

/// What is told beside the events of a subscription.
pub(super) struct BesideEvents {
    /// Everything, until it was told.
    first: Option<Map<String, Value>>,
    /// The cost of an event by estimate, if costs are told.
    estimated: Option<u64>,
}

impl BesideEvents {
    /// To tell with the first event what is the same for all.
    pub(super) fn new(told: Map<String, Value>) -> Self {
        Self { estimated: Costs::of(&told).estimated, first: Some(told) }
    }

    /// An event with what is told beside it.
    pub(super) fn tell(&mut self, event: Response, actual: Option<u64>) -> Response {
        let mut told = self.first.take().unwrap_or_else(|| {
            let cost = self.estimated.map(|estimated| ("cost".to_owned(), json!({ "estimated": estimated })));
            cost.into_iter().collect()
        });
        add_actual(&mut told, actual);
        Response { body: append(event.body, &told), ..event }
    }
}

/// The plan for people.
fn plan(engine: &Engine, prepared: &Prepared) -> Value {
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

/// An estimate as it is told.
fn cost(cost: &Cost) -> Value {
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
    // Names and numbers only: nothing that JSON cannot express.
    serde_json::to_value(Told { estimated: cost.total, fields }).unwrap_or_default()
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

/// A response that has no extensions, as events and payloads after the first have none, with some.
pub(super) fn append(body: Bytes, extensions: &Map<String, Value>) -> Bytes {
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
