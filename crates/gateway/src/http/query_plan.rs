//! The query plan beside the answer, for development.
//!
//! In development mode a request with the header `x-include-query-plan: true` gets the plan as text in
//! `extensions.queryPlan`.

use bytes::Bytes;
use federation::{Engine, Prepared};
use http::{HeaderMap, HeaderName};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The header that asks for the plan.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-include-query-plan");

/// Whether a client asks for the plan.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    headers.get(HEADER).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
}

/// The plan for people.
pub(super) fn text(engine: &Engine, prepared: &Prepared) -> String {
    federation::plan::print(engine.graph(), prepared.plan())
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

/// The answer with the plan in its extensions.
pub(super) fn add_to(body: &Bytes, plan: &str) -> Bytes {
    // `data: null` is kept apart from no `data` by reading it as text.
    let Ok(mut members) = serde_json::from_slice::<Members<'_>>(body) else { return body.clone() };
    members.extensions.insert("queryPlan".to_owned(), Value::from(plan));
    serde_json::to_vec(&members).map_or_else(|_| body.clone(), Bytes::from)
}
