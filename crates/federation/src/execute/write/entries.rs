//! The entries of a response's `errors` (GraphQL specification, section 7.1.2).

use std::collections::{BTreeMap, HashSet};

use serde_json::value::RawValue;

use crate::execute::problem::{ErrorCode, Step};

/// What clients see of errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorPolicy {
    /// Whether the messages of subgraphs are replaced by a fixed text.
    pub(crate) mask_messages: bool,
    /// Whether all extensions of subgraphs are shown, not only their code.
    pub(crate) extensions: bool,
    /// The most entries, besides one that says there were more.
    pub(crate) max: usize,
}

/// Entries being collected.
pub(crate) struct Entries {
    policy: ErrorPolicy,
    list: Vec<Entry>,
    more: bool,
}

struct Entry {
    /// Without what separates it from others.
    text: String,
    path: String,
    /// Whether it only says that there is no value.
    is_null: bool,
}

impl Entries {
    pub(super) fn new(policy: ErrorPolicy) -> Self {
        Self { policy, list: Vec::new(), more: false }
    }

    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= self.policy.max
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Notes that there was an error more than are shown.
    pub(super) fn leave_out(&mut self) {
        self.more = true;
    }

    /// An error the engine found.
    pub(super) fn engine(&mut self, code: ErrorCode, message: &str, path: &[Step], service: Option<&str>) {
        let mut extensions = format!("\"code\":\"{}\"", code.as_str());
        if let Some(service) = service {
            extensions.push_str(",\"service\":");
            extensions.push_str(&quoted(service));
        }
        self.push(message, path, &extensions, code == ErrorCode::NullForNonNull);
    }

    /// An error a subgraph reported.
    pub(super) fn subgraph(&mut self, message: &str, path: &[Step], service: &str, extensions: &str) {
        let sent: BTreeMap<String, &RawValue> = serde_json::from_str(extensions).unwrap_or_default();
        let code = sent.get("code").and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
        let code = code.as_deref().unwrap_or(ErrorCode::SubgraphError.as_str());
        let mut shown = format!("\"code\":{},\"service\":{}", quoted(code), quoted(service));
        if self.policy.extensions {
            for (key, value) in sent.iter().filter(|(key, _)| !matches!(key.as_str(), "code" | "service")) {
                shown.push(',');
                shown.push_str(&quoted(key));
                shown.push(':');
                shown.push_str(value.get());
            }
        }
        let message = if self.policy.mask_messages { "the subgraph reported an error" } else { message };
        self.push(message, path, &shown, false);
    }

    fn push(&mut self, message: &str, path: &[Step], extensions: &str, is_null: bool) {
        if self.is_full() {
            self.more = true;
            return;
        }
        let mut text = format!("{{\"message\":{}", quoted(message));
        let path = if path.is_empty() { String::new() } else { path_text(path) };
        if !path.is_empty() {
            text.push_str(",\"path\":");
            text.push_str(&path);
        }
        text.push_str(",\"extensions\":{");
        text.push_str(extensions);
        text.push_str("}}");
        self.list.push(Entry { text, path, is_null });
    }

    /// Takes the entries of another list behind its own. That a field has no value goes without saying where an error
    /// tells why: one field has one error (GraphQL specification, section 6.4.4).
    pub(super) fn append(&mut self, mut other: Self) {
        let known: HashSet<&str> = self.list.iter().map(|entry| entry.path.as_str()).collect();
        other.list.retain(|entry| !entry.is_null || !known.contains(entry.path.as_str()));
        let room = self.policy.max.saturating_sub(self.list.len());
        self.more |= other.more || other.list.len() > room;
        self.list.extend(other.list.into_iter().take(room));
    }

    /// Writes `,"errors":[..]` if there are any; how many.
    pub(super) fn finish(mut self, out: &mut Vec<u8>, more: bool) -> usize {
        if self.more || more {
            self.policy.max += 1;
            let code = ErrorCode::TooManyErrors;
            self.engine(code, "there were more errors than are shown", &[], None);
        }
        if !self.list.is_empty() {
            out.extend_from_slice(b",\"errors\":[");
            let texts: Vec<&str> = self.list.iter().map(|entry| entry.text.as_str()).collect();
            out.extend_from_slice(texts.join(",").as_bytes());
            out.push(b']');
        }
        self.list.len()
    }
}

/// A path as JSON.
pub(crate) fn path_text(path: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Key(key) => quoted(key),
        Step::Index(index) => index.to_string(),
    };
    format!("[{}]", path.iter().map(step).collect::<Vec<_>>().join(","))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
