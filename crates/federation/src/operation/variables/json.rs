//! The JSON of a request's variables, read one level at a time without copying values.

use std::borrow::Cow;
use std::fmt;

use ahash::AHashMap;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::error::{ErrorCode, OperationError};
use super::super::limits::Limits;
use super::within;

/// The entries of the variables object. Nothing and `null` stand for no variables.
pub(super) fn variables<'a>(
    bytes: &'a [u8],
    limits: &Limits,
) -> Result<AHashMap<Cow<'a, str>, &'a RawValue>, OperationError> {
    within(bytes.len(), limits.variables_bytes, ErrorCode::VariablesBytes, "the variables have", "bytes")?;
    let malformed = |problem: String| OperationError::new(ErrorCode::VariablesMalformed, problem);
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("the variables are not UTF-8".to_owned()))?;
    if matches!(text.trim_ascii(), "" | "null") {
        return Ok(AHashMap::new());
    }
    let depth = depth(bytes);
    let what = "levels of lists and objects";
    within(depth, limits.variables_depth, ErrorCode::VariablesDepth, "the variables have", what)?;
    let entries: Entries<'a> = serde_json::from_str(text)
        .map_err(|error| malformed(format!("the variables must be a JSON object: {error}")))?;
    let mut map = AHashMap::with_capacity(entries.0.len());
    for (name, value) in entries.0 {
        if let Some(name) = map.contains_key(&name).then(|| super::super::parse::shown(&name)) {
            return Err(malformed(format!("the variables have `{name}` twice")));
        }
        map.insert(name, value);
    }
    Ok(map)
}

/// How deep brackets nest. For text that is not JSON the result means nothing.
fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0, false, false);
    for &byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The entries of one JSON object in order, repeated keys included.
pub(super) struct Entries<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;
        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((Text(key), value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    entries.push((key, value));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(EntriesVisitor)
    }
}

/// A string, borrowed unless it has escapes.
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::depth;

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        assert_eq!(depth(b"1"), 0);
        assert_eq!(depth(br#"{"a":[{"b":"[[[{\"[["}],"c":[]}"#), 3);
        assert_eq!(depth(br#"["\\",["\"]"]]"#), 2);
    }
}
