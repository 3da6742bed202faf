//! Putting an expected answer together from parts, and telling where an answer differs from it.

use serde_json::Value;

/// The largest relative difference of two floating point numbers that count as equal: a few roundings.
const TOLERANCE: f64 = 1e-12;

/// Adds a part. Objects are united. A list is united with an object that has, by its `code` or its unit's, what is
/// to be added to each item: the order of a list is known to one service, its items' figures to others.
pub(super) fn merge(whole: &mut Value, part: Value) {
    match (whole, part) {
        (_, Value::Null) => {}
        (Value::Object(whole), Value::Object(part)) => {
            for (key, value) in part {
                merge(whole.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(items), Value::Object(by_code)) => complete(items, &by_code),
        (whole @ Value::Object(_), Value::Array(mut items)) => {
            let Value::Object(by_code) = whole.take() else { unreachable!("matched as an object") };
            complete(&mut items, &by_code);
            *whole = Value::Array(items);
        }
        (whole, part) => {
            assert!(whole.is_null() || *whole == part, "two services disagree: {whole} and {part}");
            *whole = part;
        }
    }
}

fn complete(items: &mut [Value], by_code: &serde_json::Map<String, Value>) {
    for item in items {
        let code = item.get("code").or_else(|| item.pointer("/unit/code")).and_then(Value::as_str);
        let part = code.and_then(|code| by_code.get(code)).cloned().unwrap_or_default();
        merge(item, part);
    }
}

/// Where an answer differs, one line each.
pub(super) fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("data", expected, actual, &mut found);
    found
}

fn compare(path: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(left), Value::Object(right)) => {
            for key in left.keys().chain(right.keys().filter(|key| !left.contains_key(*key))) {
                let path = format!("{path}.{key}");
                match (left.get(key), right.get(key)) {
                    (Some(expected), Some(actual)) => compare(&path, expected, actual, found),
                    (Some(expected), None) => {
                        found.push(format!("{path}: not answered, SQL gives {expected}"))
                    }
                    (None, actual) => found.push(format!("{path}: {actual:?} is checked by no statement")),
                }
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (place, (expected, actual)) in left.iter().zip(right).enumerate() {
                compare(&format!("{path}[{place}]"), expected, actual, found);
            }
        }
        _ if same(expected, actual) => {}
        _ => found.push(format!("{path}: {actual}, SQL gives {expected}")),
    }
}

fn same(expected: &Value, actual: &Value) -> bool {
    match (expected.as_f64(), actual.as_f64()) {
        (Some(expected), Some(actual)) => {
            (expected - actual).abs() <= TOLERANCE * expected.abs().max(actual.abs())
        }
        _ => expected == actual,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{differences, merge};

    #[test]
    fn parts_unite_whichever_knows_the_order() {
        let list = json!({ "nodes": [{ "code": "B", "n": 1 }, { "unit": { "code": "A" }, "n": 2 }] });
        let by_code = json!({ "nodes": { "A": { "x": 1 }, "B": { "x": null }, "C": { "x": 3 } } });
        let expected = json!({ "nodes": [{ "code": "B", "n": 1, "x": null }, { "unit": { "code": "A" }, "n": 2, "x": 1 }] });
        for (first, second) in [(&list, &by_code), (&by_code, &list)] {
            let mut whole = first.clone();
            merge(&mut whole, second.clone());
            assert_eq!(differences(&expected, &whole), Vec::<String>::new());
        }
    }

    #[test]
    fn every_difference_is_named() {
        let expected = json!({ "a": 1, "b": [1, 2], "c": "x", "d": null });
        let actual = json!({ "a": 2, "b": [1, 3], "c": "x", "e": 1 });
        let found = differences(&expected, &actual);
        let named: Vec<&str> = found.iter().map(|line| line.split(':').next().unwrap()).collect();
        assert_eq!(named, ["data.a", "data.b[1]", "data.d", "data.e"], "{found:?}");
    }
}
