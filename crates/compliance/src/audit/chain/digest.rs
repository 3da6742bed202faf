//! What a link's hash is over: every part of an entry, each with its length, so that no two entries are the same bytes.

use sea_orm::ActiveEnum;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::audit::entity::Model;

/// Begins what is hashed: another way to hash gets another name.
const VERSION: &[u8] = b"audit entry 1";

/// The hash of the link at a position, after a link with that hash; 64 lower-case hexadecimal digits.
pub(super) fn digest(before: &str, position: i64, entry: &Model) -> String {
    let mut hasher = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    part(VERSION);
    part(before.as_bytes());
    part(&position.to_be_bytes());
    let ids =
        [Some(entry.id), Some(entry.network_id), Some(entry.unit_id), entry.requirement_id, entry.actor_id];
    for id in ids.into_iter().chain([Some(entry.record_id)]) {
        part(id.as_ref().map(|id| id.as_bytes().as_slice()).unwrap_or_default());
    }
    part(entry.action.to_value().as_bytes());
    part(entry.record.to_value().as_bytes());
    // As exactly as both databases keep it.
    part(&entry.at.timestamp_micros().to_be_bytes());
    part(entry.before.as_ref().map(canonical).unwrap_or_default().as_bytes());
    part(canonical(&entry.after).as_bytes());
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// JSON without whitespace and with sorted members, however the database keeps it.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| name.as_str());
            let text = |(name, value): (&String, &Value)| {
                format!("{}:{}", Value::from(name.as_str()), canonical(value))
            };
            format!("{{{}}}", members.into_iter().map(text).collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::audit::{AuditAction, AuditedRecord};

    fn entry() -> Model {
        Model {
            id: Uuid::from_u128(1),
            network_id: Uuid::from_u128(2),
            unit_id: Uuid::from_u128(3),
            requirement_id: Some(Uuid::from_u128(4)),
            actor_id: Some(Uuid::from_u128(5)),
            action: AuditAction::UpdateRequirement,
            record: AuditedRecord::Requirement,
            record_id: Uuid::from_u128(6),
            before: Some(json!({ "name": "a", "penalties": [{ "description": "x" }] })),
            after: json!({ "name": "b" }),
            at: "2024-06-15T12:00:00.123456Z".parse().unwrap(),
        }
    }

    #[test]
    fn every_part_of_an_entry_and_its_place_count() {
        let original = digest("before", 7, &entry());
        let id = Uuid::from_u128(9);
        let others = [
            digest("", 7, &entry()),
            digest("before", 8, &entry()),
            digest("before", 7, &Model { id, ..entry() }),
            digest("before", 7, &Model { network_id: id, ..entry() }),
            digest("before", 7, &Model { unit_id: id, ..entry() }),
            digest("before", 7, &Model { requirement_id: Some(id), ..entry() }),
            digest("before", 7, &Model { requirement_id: None, ..entry() }),
            digest("before", 7, &Model { actor_id: Some(id), ..entry() }),
            digest("before", 7, &Model { actor_id: None, ..entry() }),
            digest("before", 7, &Model { action: AuditAction::RecordReview, ..entry() }),
            digest("before", 7, &Model { record: AuditedRecord::Document, ..entry() }),
            digest("before", 7, &Model { record_id: id, ..entry() }),
            digest("before", 7, &Model { before: None, ..entry() }),
            digest("before", 7, &Model { after: json!({ "name": "c" }), ..entry() }),
            digest("before", 7, &Model { at: "2024-06-15T12:00:00.123457Z".parse().unwrap(), ..entry() }),
        ];
        assert!(original.len() == 64 && original.bytes().all(|byte| byte.is_ascii_hexdigit()), "{original}");
        for (index, other) in others.iter().enumerate() {
            assert_ne!(*other, original, "part {index}");
            assert!(!others[..index].contains(other), "part {index}");
        }
    }

    #[test]
    fn what_is_hashed_stays_the_same_from_release_to_release() {
        // As another program computes it from the definition.
        let expected = "0803f3b5d4ad07062e77734e1663699a1251439057c543ecf985206b2cf00f7a";
        assert_eq!(digest("", 1, &entry()), expected);
    }

    #[test]
    fn the_order_of_members_does_not_count() {
        let text = r#"{ "b": [1, {"d": null, "c": "\"" }], "a": 1.5 }"#;
        let value = serde_json::from_str(text).unwrap();
        assert_eq!(canonical(&value), r#"{"a":1.5,"b":[1,{"c":"\"","d":null}]}"#);
    }
}
