//! Values that are kept whole come out as if they had been taken apart, and large ones are not copied.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use federation::compose::{SubgraphSdl, compose};
use federation::execute::{Answer, SubgraphRequest, Transport, TransportError};
use federation::{Config, Engine, Request};
use futures::FutureExt;
use futures::future::BoxFuture;

const SCHEMA: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@inaccessible"])
scalar Anything
enum Color { RED GREEN SECRET @inaccessible }
interface Part { id: ID! }
type Wheel implements Part { id: ID! spokes: Int }
type Bell implements Part { id: ID! tone: String! }
type Car { id: ID! name: String! price: Float color: Color tags: [String!] grid: [[Int!]] extra: Anything owner: Owner! parts: [Part!]! }
type Owner { name: String! old: Boolean }
type Query { cars: [Car!] car: Car }
"#;

const QUERY: &str = "{ cars { id name price color tags grid extra owner { name old } \
                     parts { __typename id ... on Wheel { spokes } ... on Bell { tone } } } }";

const CAR: &str = r#"{"id":"1","name":"a \"b\" ö","price":1.50,"color":"RED","tags":["x"],"grid":[[1,2],null],"extra":1e300,"owner":{"name":"ann","old":true},"parts":[{"__typename":"Wheel","id":7,"spokes":3},{"__typename":"Bell","id":"8","tone":"low"}]}"#;

/// A subgraph that always answers the same.
struct Fixed(Mutex<Bytes>);

impl Transport for Fixed {
    fn call<'a>(&'a self, _: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        let answer = self.0.lock().expect("no panic").clone();
        async { Ok(Answer::Json(answer)) }.boxed()
    }
}

struct Setting {
    fixed: Arc<Fixed>,
    engine: Engine,
}

impl Setting {
    fn new() -> Self {
        let subgraph = SubgraphSdl { name: "cars".to_owned(), url: String::new(), sdl: SCHEMA.to_owned() };
        let composition = compose(&[subgraph]).expect("the subgraph composes");
        let fixed = Arc::new(Fixed(Mutex::default()));
        let engine = Engine::from_supergraph(&composition.supergraph_sdl, fixed.clone(), Config::default());
        Self { fixed, engine: engine.expect("an engine") }
    }

    fn answer(&self, query: &str, body: impl Into<Bytes>) -> Bytes {
        *self.fixed.0.lock().expect("no panic") = body.into();
        let request = Request::new(query);
        futures::executor::block_on(self.engine.execute(request)).body
    }
}

/// The same JSON with white space outside of strings, which no value is kept whole with.
fn spread(json: &str) -> String {
    let (mut spread, mut quoted, mut escaped) = (String::new(), false, false);
    for character in json.chars() {
        if !quoted && "{}[],:".contains(character) {
            spread.push(' ');
        }
        spread.push(character);
        if character == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && character == '\\' && !escaped;
    }
    spread
}

#[test]
fn whole_or_taken_apart_the_answer_is_the_same() {
    let setting = Setting::new();
    let wrong = [
        ("", ""),
        (r#""name":"a \"b\" ö""#, r#""name":null"#),
        (r#""name":"a \"b\" ö""#, r#""name":7"#),
        (r#""price":1.50"#, r#""price":null"#),
        (r#""price":1.50"#, r#""price":-0"#),
        (r#""price":1.50"#, r#""price":"1.50""#),
        (r#""color":"RED""#, r#""color":"SECRET""#),
        (r#""color":"RED""#, r#""color":"BLUE""#),
        (r#""color":"RED""#, r#""color":"R\u0045D""#),
        (r#""tags":["x"]"#, r#""tags":["x",null]"#),
        (r#""tags":["x"]"#, r#""tags":[]"#),
        (r#""tags":["x"]"#, r#""tags":"x""#),
        (r#"[[1,2],null]"#, r#"[[1,2.5],null]"#),
        (r#"[[1,2],null]"#, r#"[1,[2]]"#),
        (r#"{"name":"ann","old":true}"#, "null"),
        (r#"{"name":"ann","old":true}"#, r#"{"name":"ann"}"#),
        (r#"{"name":"ann","old":true}"#, r#"{"old":true,"name":"ann"}"#),
        (r#"{"name":"ann","old":true}"#, r#"{"name":"ann","old":true,"more":[{}]}"#),
        (r#"{"name":"ann","old":true}"#, r#"{"name":"ann","name":"bob","old":true}"#),
        (r#"{"name":"ann","old":true}"#, r#"[]"#),
        (r#""__typename":"Bell""#, r#""__typename":"Wheel""#),
        (r#""__typename":"Bell""#, r#""__typename":"Car""#),
        (r#""__typename":"Bell","id":"8""#, r#""id":"8","__typename":"Bell""#),
        (r#""id":7"#, r#""id":7.0"#),
    ];
    for (from, to) in wrong {
        let car = CAR.replace(from, to);
        let body = format!(r#"{{"data":{{"cars":[{CAR},{}]}}}}"#, if from.is_empty() { CAR } else { &car });
        let (whole, apart) = (setting.answer(QUERY, body.clone()), setting.answer(QUERY, spread(&body)));
        assert_eq!(whole, apart, "{from} as {to}");
        let parsed: serde_json::Value = serde_json::from_slice(&whole).expect("answers are JSON");
        assert!(parsed["data"].is_object(), "{parsed}");
    }
}

#[test]
fn errors_inside_a_whole_value_keep_their_paths() {
    let setting = Setting::new();
    let errors = r#""errors":[{"message":"no price","path":["cars",0,"price"]},{"message":"no tone","path":["cars",0,"parts",1,"tone"]}]"#;
    let body = format!(
        r#"{{"data":{{"cars":[{}]}},{errors}}}"#,
        CAR.replace("1.50", "null").replace(r#""old":true"#, r#""old":null"#)
    );
    let answer = setting.answer(QUERY, body.clone());
    assert_eq!(answer, setting.answer(QUERY, spread(&body)));
    let text = String::from_utf8_lossy(&answer);
    assert!(text.contains(r#""path":["cars",0,"parts",1,"tone"]"#), "{text}");
}

#[test]
fn what_clients_call_otherwise_or_in_another_order_is_taken_apart() {
    let setting = Setting::new();
    let body = r#"{"data":{"car":{"id":"1","name":"a","owner":{"name":"ann","old":null}}}}"#;
    assert_eq!(setting.answer("{ car { id name owner { name old } } }", body), body);
    let named = setting.answer("{ car { id name owner { name old } again: name } }", body);
    assert_eq!(
        named,
        r#"{"data":{"car":{"id":"1","name":"a","owner":{"name":"ann","old":null},"again":"a"}}}"#
    );
}

#[test]
fn a_large_answer_of_one_subgraph_is_passed_on_where_it_lies() {
    let setting = Setting::new();
    let cars = vec![CAR; 1000].join(",");
    let answer = format!(r#"{{"data":{{"cars":[{cars}]}}}}"#);
    let body = Bytes::from(answer.replacen('{', r#"{"extensions":{"cost":1},"#, 1));
    let same = Bytes::from(answer.clone());
    let passed_on = setting.answer(QUERY, same.clone());
    assert_eq!(passed_on, same);
    assert_eq!(passed_on.as_ptr(), same.as_ptr(), "not copied");
    // What does not stand there byte for byte is put together.
    assert_eq!(setting.answer(QUERY, body), same);
    let broken = setting.answer(QUERY, format!("{answer}x"));
    assert!(broken.starts_with(br#"{"data":{"cars":null},"errors":["#), "{broken:?}");
}
