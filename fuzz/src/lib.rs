//! What the fuzz targets share: how inputs are cut up, the graphs they run on, and a subgraph that behaves.

pub mod graphs;
pub mod input;
pub mod seeds;
pub mod server;

/// Whatever was sent, an answer is JSON and counts its errors rightly.
pub fn assert_answer(body: &[u8], errors: usize) -> serde_json::Value {
    let text = std::str::from_utf8(body).expect("an answer is UTF-8");
    let value: serde_json::Value =
        serde_json::from_str(text).unwrap_or_else(|error| panic!("not JSON: {error}\n{text}"));
    assert!(value.is_object(), "not an object: {text}");
    // Payloads of deferred fragments list errors further inside.
    let parts = ["incremental", "pending", "completed"];
    if parts.iter().all(|part| value.get(part).is_none()) {
        let listed = value.get("errors").and_then(|errors| errors.as_array()).map_or(0, Vec::len);
        assert_eq!(listed, errors, "{text}");
    }
    value
}
