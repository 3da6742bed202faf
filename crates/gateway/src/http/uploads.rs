//! Requests with files (<https://github.com/jaydenseric/graphql-multipart-request-spec>): a form of the request, a map
//! from files to places in its variables, and the files.
//!
//! In the variables a token stands for each file until the request to a subgraph is written, which then is such a form
//! as well. Tokens are random: no variable of another client is equal to one.

use std::collections::BTreeMap;

use axum::body::Body;
use bytes::Bytes;
use federation::{Engine, Prepared};
use futures::StreamExt;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use multer::{Constraints, Field, Multipart, SizeLimit};
use serde_json::Value;
use uuid::Uuid;

use super::rejection::Rejection;
use crate::config::UploadsConfig;
use crate::context::{UploadedFile, Uploads};

/// The most bytes of the map from files to places.
const MAX_MAP_BYTES: u64 = 64 * 1024;

/// Whether a body is a form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("multipart/form-data")
}

/// The request of a form, as JSON with a token in the place of each file, and the files.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    config: &UploadsConfig,
    max_request_bytes: u64,
) -> Result<(Bytes, Uploads), Rejection> {
    let malformed =
        |_| Rejection::InvalidMember { name: "the form", expected: "`multipart/form-data` with a boundary" };
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(malformed)?;
    let limits = SizeLimit::new()
        .whole_stream(config.max_size.0.saturating_add(max_request_bytes).saturating_add(MAX_MAP_BYTES))
        .per_field(config.max_size.0)
        .for_field("operations", max_request_bytes)
        .for_field("map", MAX_MAP_BYTES);
    let stream = body.into_data_stream().map(|chunk| chunk.map_err(std::io::Error::other));
    let mut form = Multipart::with_constraints(stream, boundary, Constraints::new().size_limit(limits));
    let operations = part(&mut form, "operations").await?;
    let map = part(&mut form, "map").await?;
    let map: BTreeMap<String, Vec<String>> = serde_json::from_slice(&map)
        .map_err(|_| Rejection::InvalidMember { name: "map", expected: "an object of lists of paths" })?;
    if map.len() > config.max_files {
        return Err(Rejection::TooManyFiles(config.max_files));
    }
    let mut request: Value =
        serde_json::from_slice(&operations).map_err(|error| super::decode::invalid_json(&error))?;
    let mut files = BTreeMap::new();
    for _ in 0..map.len() {
        let field = next(&mut form).await?.ok_or(Rejection::InvalidMember {
            name: "the form",
            expected: "complete: it has fewer files than `map` names",
        })?;
        let paths = field.name().and_then(|name| map.get(name)).ok_or(Rejection::InvalidMember {
            name: "the form",
            expected: "made of `operations`, `map` and the files that `map` names",
        })?;
        let token = format!("file:{}", Uuid::new_v4());
        for path in paths {
            put(&mut request, path, &token)?;
        }
        files.insert(token, file(field).await?);
    }
    Ok((request.to_string().into(), Uploads::new(files)))
}

/// Whether every subgraph that is sent a variable with a file receives the file, too.
pub(super) fn check_carried(
    engine: &Engine,
    prepared: &Prepared,
    variables: &Bytes,
    uploads: &Uploads,
) -> Result<(), Rejection> {
    // An object, or there were no plan.
    let variables: BTreeMap<String, Value> = serde_json::from_slice(variables).unwrap_or_default();
    let is_file = |name: &str| variables.get(name).is_some_and(|value| has_file(value, uploads));
    for fetch in &prepared.plan().fetches {
        let subgraph = &*engine.graph().subgraph(fetch.subgraph).name;
        let file = fetch.operation.variables.iter().find(|name| is_file(name));
        if let Some(variable) = file.filter(|_| !engine.carries(subgraph).files) {
            return Err(Rejection::FileNotCarried {
                variable: (**variable).to_owned(),
                subgraph: subgraph.to_owned(),
            });
        }
    }
    Ok(())
}

fn has_file(value: &Value, uploads: &Uploads) -> bool {
    match value {
        Value::String(token) => uploads.file(token).is_some(),
        Value::Array(items) => items.iter().any(|item| has_file(item, uploads)),
        Value::Object(entries) => entries.values().any(|entry| has_file(entry, uploads)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

async fn next<'a>(form: &mut Multipart<'a>) -> Result<Option<Field<'a>>, Rejection> {
    form.next_field().await.map_err(|error| refusal(&error))
}

/// A part of the form that has to come next.
async fn part(form: &mut Multipart<'_>, name: &'static str) -> Result<Bytes, Rejection> {
    match next(form).await? {
        Some(field) if field.name() == Some(name) => field.bytes().await.map_err(|error| refusal(&error)),
        _ => Err(Rejection::InvalidMember { name, expected: "a part of the form, before the files" }),
    }
}

async fn file(field: Field<'_>) -> Result<UploadedFile, Rejection> {
    let name = field.file_name().unwrap_or("file").to_owned();
    let content_type = field.content_type().map(ToString::to_string);
    let content = field.bytes().await.map_err(|error| refusal(&error))?;
    Ok(UploadedFile { name, content_type, content })
}

/// Puts a token where a path leads, such as `variables.files.0`, in the place of null.
fn put(request: &mut Value, path: &str, token: &str) -> Result<(), Rejection> {
    let expected = "paths to `null` in the variables, such as `variables.file` or `variables.files.0`";
    let wrong = || Rejection::InvalidMember { name: "map", expected };
    let steps = path.strip_prefix("variables.").ok_or_else(wrong)?;
    let mut place = request.get_mut("variables").ok_or_else(wrong)?;
    for step in steps.split('.') {
        place = match place {
            Value::Object(entries) => entries.get_mut(step),
            Value::Array(items) => step.parse::<usize>().ok().and_then(|index| items.get_mut(index)),
            _ => None,
        }
        .ok_or_else(wrong)?;
    }
    match place {
        Value::Null => {
            *place = Value::from(token);
            Ok(())
        }
        _ => Err(wrong()),
    }
}

fn refusal(error: &multer::Error) -> Rejection {
    match error {
        multer::Error::FieldSizeExceeded { limit, .. } | multer::Error::StreamSizeExceeded { limit } => {
            Rejection::BodyTooLarge(*limit)
        }
        multer::Error::StreamReadFailed(_)
        | multer::Error::IncompleteStream
        | multer::Error::IncompleteFieldData { .. } => Rejection::BodyUnreadable,
        _ => Rejection::InvalidMember {
            name: "the form",
            expected: "`multipart/form-data` as RFC 7578 has it",
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tokens_take_the_place_of_null() {
        let mut request =
            json!({ "query": "x", "variables": { "file": null, "list": [null, null], "in": { "a": null } } });
        for (path, token) in [("variables.file", "1"), ("variables.list.1", "2"), ("variables.in.a", "3")] {
            put(&mut request, path, token).unwrap();
        }
        let variables = json!({ "file": "1", "list": [null, "2"], "in": { "a": "3" } });
        assert_eq!(request["variables"], variables);
        for wrong in [
            "",
            "query",
            "variables",
            "variables.none",
            "variables.list.2",
            "variables.list.x",
            "variables.file",
            "variables.in",
        ] {
            assert!(put(&mut request, wrong, "4").is_err(), "{wrong}");
        }
        assert_eq!(request["variables"], variables);
    }
}
