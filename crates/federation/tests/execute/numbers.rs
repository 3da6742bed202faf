//! Numbers that no machine type holds pass byte for byte, in whatever direction.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use federation::execute::{Answer, SubgraphRequest, Transport, TransportError};
use federation::{Config, Request};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};

const SUBGRAPHS: [(&str, &str); 2] = [
    (
        "maps",
        r#"scalar Big type Query { place: Place } type Place @key(fields: "id") { id: Big! area: Big }"#,
    ),
    ("names", r#"scalar Big type Place @key(fields: "id") { id: Big! scaled(by: Big): Big }"#),
];

/// Answers with the texts given and keeps what it was asked.
struct Texts {
    maps: &'static str,
    names: &'static str,
    bodies: Mutex<Vec<String>>,
}

impl Transport for Texts {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        self.bodies.lock().expect("no panic").push(String::from_utf8_lossy(&request.body()).into_owned());
        let text = if request.subgraph == "maps" { self.maps } else { self.names };
        ready(Ok(Answer::Json(text.into()))).boxed()
    }
}

#[test]
fn huge_numbers_survive() {
    let texts = Arc::new(Texts {
        maps: r#"{"data":{"place":{"area":[1e400,-0.0,{"x":10000000000000000000000000000001}],"id":123456789012345678901234567890.1200}}}"#,
        names: r#"{"data":{"_entities":[{"scaled":-98765432109876543210e+1000}]}}"#,
        bodies: Mutex::default(),
    });
    let engine = super::engine::engine_of(&SUBGRAPHS, texts.clone(), Config::default());
    let request = Request {
        variables: Bytes::from_static(br#"{"by": 3.14159265358979323846264338327950288}"#),
        ..Request::new("query ($by: Big) { place { area scaled(by: $by) } }")
    };
    let response = futures::executor::block_on(engine.execute(request));
    assert_eq!(
        response.body,
        r#"{"data":{"place":{"area":[1e400,-0.0,{"x":10000000000000000000000000000001}],"scaled":-98765432109876543210e+1000}}}"#
    );
    let bodies = texts.bodies.lock().expect("no panic");
    assert!(
        bodies[1].contains(r#"{"__typename":"Place","id":123456789012345678901234567890.1200}"#),
        "{bodies:?}"
    );
    assert!(bodies[1].contains(r#""by":3.14159265358979323846264338327950288"#), "{bodies:?}");
}
