//! Entities in several contexts: one lookup for each value, many of them in one request, and not too many.

use std::sync::{Arc, Mutex};

use federation::compose::{SubgraphSdl, compose};
use federation::execute::{Answer, SubgraphRequest, Transport, TransportError};
use federation::{Config, Engine, Request};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Map, Value, json};

const LINK: &str = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@context", "@fromContext"]) "#;
const PLACES: &str = r#"
type Query { networks: [Network!]! }
type Network @key(fields: "id") { id: ID! currency: String! @shareable place: Place! }
type Place @key(fields: "id") { id: ID! }
"#;
const SALES: &str = r#"
type Network @key(fields: "id") @context(name: "money") { id: ID! currency: String! @shareable }
type Place @key(fields: "id") { id: ID! revenue(currency: String! @fromContext(field: "$money { currency }")): String! }
"#;

/// Networks that all have the same place and a currency each; a place's revenue is told in the currency given.
struct Networks {
    currencies: Vec<String>,
    /// The number of lookups in each request to `sales`.
    lookups: Mutex<Vec<usize>>,
}

impl Networks {
    fn answer(&self, request: &SubgraphRequest<'_>) -> Value {
        if request.subgraph == "places" {
            let network = |currency: &String| json!({"currency": currency, "place": {"id": "p"}});
            return json!({ "networks": self.currencies.iter().map(network).collect::<Vec<_>>() });
        }
        let variables = serde_json::to_value(request.variables).expect("variables serialise");
        let mut data = Map::new();
        for (name, representations) in variables.as_object().expect("an object") {
            let Some(number) = name.strip_prefix("representations") else { continue };
            let (key, context) = match number {
                "" => ("_entities".to_owned(), "context0".to_owned()),
                number => (format!("_{number}"), format!("context0_{number}")),
            };
            let entity = json!({ "revenue": format!("1 {}", variables[context].as_str().expect("a text")) });
            let count = representations.as_array().expect("a list").len();
            data.insert(key, Value::Array(vec![entity; count]));
        }
        self.lookups.lock().expect("no panic").push(request.operation.text.matches("_entities(").count());
        Value::Object(data)
    }
}

impl Transport for Networks {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        let body = json!({ "data": self.answer(&request) }).to_string();
        async { Ok(Answer::Json(body.into())) }.boxed()
    }
}

/// The sizes of the requests that answer so many networks with so many different currencies.
fn lookups(networks: usize, currencies: usize) -> Vec<usize> {
    let subgraph = |name: &str, sdl: &str| SubgraphSdl {
        name: name.to_owned(),
        url: String::new(),
        sdl: format!("{LINK}{sdl}"),
    };
    let composition = compose(&[subgraph("places", PLACES), subgraph("sales", SALES)]);
    let composition = composition.unwrap_or_else(|errors| panic!("{errors:?}"));
    let currencies: Vec<String> = (0..networks).map(|network| format!("c{}", network % currencies)).collect();
    let transport = Arc::new(Networks { currencies: currencies.clone(), lookups: Mutex::default() });
    let engine = Engine::from_supergraph(&composition.supergraph_sdl, transport.clone(), Config::default());
    let engine = engine.expect("an engine");
    let request = Request::new("{ networks { place { revenue } } }");
    let response = futures::executor::block_on(engine.execute(request));
    let answer: Value = serde_json::from_slice(&response.body).expect("answers are JSON");
    let expected: Vec<Value> =
        currencies.iter().map(|currency| json!({"place": {"revenue": format!("1 {currency}")}})).collect();
    assert_eq!(answer, json!({"data": {"networks": expected}}));
    transport.lookups.lock().expect("no panic").clone()
}

#[test]
fn one_entity_is_looked_up_once_for_each_value() {
    assert_eq!(lookups(5, 1), [1]);
    assert_eq!(lookups(5, 2), [2]);
}

#[test]
fn the_number_of_lookups_is_rounded_up_so_that_few_operations_differ() {
    assert_eq!(lookups(5, 5), [8]);
    assert_eq!(lookups(64, 64), [64]);
}

#[test]
fn very_many_values_take_several_requests() {
    assert_eq!(lookups(130, 130), [64, 64, 2]);
    assert_eq!(lookups(129, 129), [64, 64, 1]);
}
