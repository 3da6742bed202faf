//! What the fuzz targets share: how inputs are cut up, the graphs they run on, and a subgraph that behaves.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

pub mod graphs;
pub mod input;
pub mod seeds;
pub mod server;

/// The members of a response, each as JSON text.
pub type Members = BTreeMap<String, Box<RawValue>>;

/// Whatever was sent, an answer is JSON and counts its errors rightly. Numbers may be of any size: those of custom scalars
/// are passed on as they are written (RFC 8259, section 6).
pub fn assert_answer(body: &[u8], errors: usize) -> Members {
    let text = std::str::from_utf8(body).expect("an answer is UTF-8");
    let members: Members =
        serde_json::from_str(text).unwrap_or_else(|error| panic!("no JSON object: {error}\n{text}"));
    // Payloads of deferred fragments list errors further inside.
    let parts = ["incremental", "pending", "completed"];
    if parts.iter().all(|part| !members.contains_key(*part)) {
        let listed = members.get("errors").map_or(0, |listed| {
            let listed: Vec<&RawValue> = serde_json::from_str(listed.get()).expect("`errors` is a list");
            listed.len()
        });
        assert_eq!(listed, errors, "{text}");
    }
    members
}
