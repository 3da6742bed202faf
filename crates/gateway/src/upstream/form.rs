//! A subgraph request with files, as a form (<https://github.com/jaydenseric/graphql-multipart-request-spec>).

use bytes::{BufMut, Bytes, BytesMut};
use federation::execute::SubgraphRequest;
use http::HeaderValue;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::context::{UploadedFile, Uploads};

/// A body and its `content-type`.
pub(super) struct Form {
    pub(super) content_type: HeaderValue,
    pub(super) body: Bytes,
}

/// The form of a request some of whose variables are files; `None` when none is.
pub(super) fn of(request: &SubgraphRequest<'_>, uploads: &Uploads) -> Option<Form> {
    let mut found = Vec::new();
    let mut variables = Map::new();
    for (name, text) in request.variables.iter() {
        let mut value = serde_json::from_str(text).ok()?;
        take(&mut value, &format!("variables.{name}"), uploads, &mut found);
        variables.insert(name.to_owned(), value);
    }
    if found.is_empty() {
        return None;
    }
    let mut operations: Map<String, Value> = serde_json::from_slice(&request.body()).ok()?;
    operations.insert("variables".to_owned(), Value::Object(variables));
    let map: Map<String, Value> =
        found.iter().enumerate().map(|(index, (path, _))| (index.to_string(), json!([path]))).collect();
    let boundary = Uuid::new_v4().simple().to_string();
    let mut body = BytesMut::new();
    part(&mut body, &boundary, "name=\"operations\"", None, Value::Object(operations).to_string().as_bytes());
    part(&mut body, &boundary, "name=\"map\"", None, Value::Object(map).to_string().as_bytes());
    for (index, (_, file)) in found.iter().enumerate() {
        let disposition = format!("name=\"{index}\"; filename=\"{}\"", quoted(&file.name));
        part(&mut body, &boundary, &disposition, file.content_type.as_deref(), &file.content);
    }
    body.put_slice(format!("--{boundary}--\r\n").as_bytes());
    let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}")).ok()?;
    Some(Form { content_type, body: body.freeze() })
}

/// Takes the files out of a value, with their paths.
fn take<'a>(
    value: &mut Value,
    path: &str,
    uploads: &'a Uploads,
    found: &mut Vec<(String, &'a UploadedFile)>,
) {
    match value {
        Value::String(token) => {
            if let Some(file) = uploads.file(token) {
                found.push((path.to_owned(), file));
                *value = Value::Null;
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                take(item, &format!("{path}.{index}"), uploads, found);
            }
        }
        Value::Object(entries) => {
            for (name, entry) in entries {
                take(entry, &format!("{path}.{name}"), uploads, found);
            }
        }
        _ => {}
    }
}

fn part(body: &mut BytesMut, boundary: &str, disposition: &str, content_type: Option<&str>, content: &[u8]) {
    body.put_slice(format!("--{boundary}\r\ncontent-disposition: form-data; {disposition}\r\n").as_bytes());
    if let Some(content_type) = content_type {
        body.put_slice(format!("content-type: {content_type}\r\n").as_bytes());
    }
    body.put_slice(b"\r\n");
    body.put_slice(content);
    body.put_slice(b"\r\n");
}

/// A file's name as browsers write it
/// (<https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data>).
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
