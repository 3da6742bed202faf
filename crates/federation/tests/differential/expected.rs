//! What a single server answers, and how the engine's answer differs from it.

use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

/// What a single server answers.
pub(super) struct Expected {
    pub(super) data: String,
    pub(super) errors: Json,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    data: &'a RawValue,
    #[serde(default)]
    errors: Vec<Json>,
}

impl Expected {
    /// Whether the caller may not read the one field at the root.
    pub(super) fn is_denied(&self) -> bool {
        let errors = self.errors.as_array().map(Vec::as_slice).unwrap_or_default();
        matches!(errors, [error] if error["message"] == "resolver error: denied" && error["path"].as_array().is_some_and(|path| path.len() == 1))
    }
}

/// How an answer differs from what is expected.
pub(super) fn compare(body: &str, Expected { data, errors }: &Expected) -> Option<&'static str> {
    let Ok(answer) = serde_json::from_str::<Body<'_>>(body) else { return Some("no JSON") };
    if answer.data.get() != *data {
        return Some("answers differ");
    }
    let data: Json = serde_json::from_str(data).expect("data is JSON");
    let expected = nulled(&data, errors.as_array().expect("a list"));
    (nulled(&data, &answer.errors) != expected).then_some("errors differ")
}

/// The positions that errors made null. A single server stops at the first error below such a position.
fn nulled(data: &Json, errors: &[Json]) -> Vec<String> {
    let position = |error: &Json| {
        let mut value = data;
        let mut position = String::new();
        for step in error["path"].as_array().into_iter().flatten() {
            if value.is_null() {
                break;
            }
            position.push_str(&format!("/{step}"));
            value = match step {
                Json::String(key) => &value[key.as_str()],
                index => &value[index.as_u64().map_or(usize::MAX, |index| index as usize)],
            };
        }
        position
    };
    let mut positions: Vec<String> = errors.iter().map(position).collect();
    positions.sort();
    positions.dedup();
    positions
}
