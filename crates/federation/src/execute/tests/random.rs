//! Random bodies: whatever a subgraph answers, the client gets a well-formed answer.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::fixture::answer;

const SEEDS: std::ops::Range<u64> = 0..3000;

const SHOP: &str = r#"{"data":{"top":[{"id":"1","name":"a","price":{"amount":3},"tags":["x","y"],"kind":"TOY"},{"id":2,"name":"b","price":null,"tags":null,"kind":"SECRET"}]},"errors":[{"message":"m","path":["top",1,"price"]}]}"#;
const REVIEWS: &str = r#"{"data":{"_entities":[{"reviews":[{"body":"good","_a0":{"name":"ann"}}]},{"reviews":[]}]},"errors":[{"message":"n","path":["_entities",1,"reviews"]}]}"#;

/// Pieces that are likely to hurt.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "true",
    "-",
    "0",
    "1e9",
    "{}",
    "[]",
    "\"top\":",
    "\"data\":",
    "\"_entities\":",
    "\"errors\":",
    "\"__typename\":\"Item\",",
    "\"path\":[",
    " ",
    "\n",
    "\u{FEFF}",
    "99999999999",
    "\"\\ud800\"",
    "é",
    "[[[[",
];

fn mutated(random: &mut Pcg64Mcg, body: &str) -> Vec<u8> {
    let mut bytes = body.as_bytes().to_vec();
    for _ in 0..random.random_range(0..4) {
        let at = random.random_range(0..=bytes.len());
        let end = (at + random.random_range(0..12)).min(bytes.len());
        match random.random_range(0..5) {
            0 => drop(bytes.splice(at..end, [])),
            1 => {
                let piece = PIECES[random.random_range(0..PIECES.len())];
                drop(bytes.splice(at..at, piece.bytes()));
            }
            2 => {
                let copy = bytes[at..end].to_vec();
                let to = random.random_range(0..=bytes.len());
                drop(bytes.splice(to..to, copy));
            }
            3 if at < bytes.len() => bytes[at] = random.random(),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

#[test]
fn any_body_leads_to_a_well_formed_answer() {
    for seed in SEEDS {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        let (shop, reviews) = (mutated(&mut random, SHOP), mutated(&mut random, REVIEWS));
        let outcome = std::panic::catch_unwind(|| answer(&shop, &reviews));
        let shown = (String::from_utf8_lossy(&shop), String::from_utf8_lossy(&reviews));
        let body = outcome.unwrap_or_else(|_| panic!("seed {seed}: {shown:?}"));
        let parsed: serde_json::Value = serde_json::from_str(&body).unwrap();
        let keys: Vec<_> = parsed.as_object().unwrap().keys().collect();
        assert!(keys == ["data"] || keys == ["data", "errors"], "seed {seed}: {body}");
    }
}
