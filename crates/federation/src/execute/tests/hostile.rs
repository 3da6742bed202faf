//! Bodies that no well-behaved server sends.

use std::sync::Arc;

use super::fixture::{Scripted, answer, run, run_with, text};
use crate::execute::{Limits, TransportError, TransportErrorKind};

const SHOP: &str =
    r#"{"data":{"top":[{"id":"1","name":"a","price":{"amount":3},"tags":["x","y"],"kind":"TOY"}]}}"#;
const REVIEWS: &str = r#"{"data":{"_entities":[{"reviews":[{"body":"good","_a0":{"name":"ann"}}]}]}}"#;
const WHOLE: &str = r#"{"data":{"top":[{"name":"a","price":{"amount":3},"tags":["x","y"],"kind":"TOY","reviews":[{"body":"good","author":{"name":"ann"}}]}]}}"#;

#[test]
fn an_ordinary_answer() {
    let transport = Scripted::json(SHOP.as_bytes(), REVIEWS.as_bytes());
    let written = run(&transport);
    assert_eq!(text(written), WHOLE);
    let requests = transport.requests();
    assert_eq!(
        requests,
        [
            r#"{"query":"{top{id name price{amount} tags kind}}","variables":{}}"#,
            r#"{"query":"query($r:[_Any!]!){_entities(representations:$r){...on Item{reviews{body _a0:author{name}}}}}","variables":{"r":[{"__typename":"Item","id":"1"}]}}"#,
        ]
    );
}

#[test]
fn formatting_order_and_extra_keys_do_not_matter() {
    let pretty = "\u{FEFF} {\r\n\t\"extensions\" : {\"a\":[1,{}]}, \"data\" : {\n \"top\" : [ {\n \"kind\": \"TOY\", \"extra\": {\"deep\": [[]]}, \"tags\" : [\"x\",\"y\"], \"n\\u0061me\": \"a\", \"price\" : { \"amount\" : 3 }, \"id\": \"1\" } ] } }\n";
    assert_eq!(answer(pretty, REVIEWS), WHOLE);
    // White space inside a list of scalars is not the client's business.
    assert_eq!(answer(SHOP.replace(r#"["x","y"]"#, "[ \"x\" ,\n\"y\" ]"), REVIEWS), WHOLE);
}

#[test]
fn of_duplicate_keys_the_first_counts() {
    let twice = SHOP.replace(r#""name":"a""#, r#""name":"a","name":"b""#);
    assert_eq!(answer(twice, REVIEWS), WHOLE);
    let nested = SHOP.replace(r#""price":{"amount":3}"#, r#""price":{"amount":3},"price":{"amount":4}"#);
    assert_eq!(answer(nested, REVIEWS), WHOLE);
    let data = SHOP.replace("]}}", r#"]},"data":{"top":[]}}"#);
    assert_eq!(answer(data, REVIEWS), WHOLE);
}

#[test]
fn no_prefix_of_an_answer_contributes() {
    for end in 0..SHOP.len() {
        let body = answer(&SHOP[..end], REVIEWS);
        assert!(body.starts_with(r#"{"data":{"top":null},"errors":[{"message":"#), "{end}: {body}");
        assert!(
            body.ends_with(
                r#","path":["top"],"extensions":{"code":"SUBGRAPH_MALFORMED_ANSWER","service":"shop"}}]}"#
            ),
            "{end}: {body}"
        );
    }
    for end in 0..REVIEWS.len() {
        let body = answer(SHOP, &REVIEWS[..end]);
        assert!(body.starts_with(r#"{"data":{"top":null},"errors":[{"message":"#), "{end}: {body}");
        assert_eq!(body.matches("message").count(), 1, "{end}: {body}");
    }
}

#[test]
fn bodies_that_are_no_graphql_answer() {
    let message = |body: &[u8]| {
        let answer: serde_json::Value = serde_json::from_str(&answer(body, REVIEWS)).unwrap();
        assert_eq!(answer["data"]["top"], serde_json::Value::Null);
        assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "SUBGRAPH_MALFORMED_ANSWER");
        answer["errors"][0]["message"].as_str().unwrap().to_owned()
    };
    let ends = |body: &[u8], end: &str| {
        let message = message(body);
        assert!(message.contains(end), "{message}");
    };
    ends(b"", "expected an object at byte 0");
    ends(b"<html></html>", "expected an object at byte 0");
    ends(b"[]", "expected an object");
    ends(b"{}", "neither `data` nor `errors`");
    ends(br#"{"data":null}"#, "neither `data` nor `errors`");
    ends(br#"{"data":null,"errors":[]}"#, "neither `data` nor `errors`");
    ends(br#"{"data":[]}"#, "`data` is no object");
    ends(br#"{"data":{"top":[]},"errors":{}}"#, "`errors` is no list of errors");
    ends(br#"{"data":{"top":[]},"errors":["x"]}"#, "`errors` is no list of errors");
    ends(br#"{"data":{"top":[]}} x"#, "text after the end at byte 20");
    ends(b"{\"data\":{\"top\":\"\xff\"}}", "invalid UTF-8 at byte 16");
    ends(format!(r#"{{"data":{{"top":[]}},"x":{}}}"#, "[".repeat(100_000)).as_bytes(), "nested too deeply");
    ends(format!(r#"{{"data":{{"top":{}}}}}"#, "[".repeat(100_000)).as_bytes(), "nested too deeply");
}

#[test]
fn values_of_the_wrong_type_become_null_with_an_error() {
    let wrong = |from: &str, to: &str| answer(SHOP.replace(from, to), REVIEWS);
    let invalid = |path: &str, field: &str| {
        format!(
            r#""errors":[{{"message":"the value for `Type.{field}` does not fit its type","path":{path},"extensions":{{"code":"SUBGRAPH_INVALID_VALUE","service":"shop"}}}}]}}"#
        )
    };
    for amount in ["\"3\"", "3.0", "true", "[3]", "{}", "4294967296", "-2147483649"] {
        let body = wrong(r#""amount":3"#, &format!(r#""amount":{amount}"#));
        assert!(body.contains(r#""price":null,"#), "{body}");
        assert!(body.ends_with(&invalid(r#"["top",0,"price","amount"]"#, "amount")), "{amount}: {body}");
    }
    let body = wrong(r#"{"amount":3}"#, "[]");
    assert!(body.ends_with(&invalid(r#"["top",0,"price"]"#, "price")), "{body}");
    let body = wrong(r#"["x","y"]"#, r#"["x",2]"#);
    assert!(
        body.contains(r#""tags":null,"#) && body.ends_with(&invalid(r#"["top",0,"tags",1]"#, "tags")),
        "{body}"
    );
    let body = wrong(r#"["x","y"]"#, r#""x""#);
    assert!(body.ends_with(&invalid(r#"["top",0,"tags"]"#, "tags")), "{body}");
    let body = wrong(r#""TOY""#, r#""GAME""#);
    assert!(
        body.contains(r#""kind":null"#) && body.ends_with(&invalid(r#"["top",0,"kind"]"#, "kind")),
        "{body}"
    );
    let body = wrong(r#""TOY""#, r#""SECRET""#);
    assert!(
        body.contains(r#""kind":null"#) && body.ends_with(&invalid(r#"["top",0,"kind"]"#, "kind")),
        "{body}"
    );
    assert_eq!(wrong(r#""TOY""#, r#""\u0054OY""#).replace("\\u0054", "T"), WHOLE);
    // A non-null value takes the object and, here, the list with it.
    let body = wrong(r#""name":"a""#, r#""name":1"#);
    assert_eq!(body, format!(r#"{{"data":{{"top":null}},{}"#, invalid(r#"["top",0,"name"]"#, "name")));
}

#[test]
fn a_missing_non_null_value_is_reported_once() {
    let body = answer(SHOP.replace(r#""name":"a","#, ""), REVIEWS);
    assert_eq!(
        body,
        r#"{"data":{"top":null},"errors":[{"message":"there is no value for the non-null field `Type.name`","path":["top",0,"name"],"extensions":{"code":"NULL_FOR_NON_NULL"}}]}"#
    );
}

#[test]
fn entities_that_do_not_match_the_representations_are_refused() {
    for entities in ["[]", r#"[{"reviews":[]},{"reviews":[]}]"#, "{}", "3"] {
        let body = answer(SHOP, format!(r#"{{"data":{{"_entities":{entities}}}}}"#));
        assert!(body.starts_with(r#"{"data":{"top":null},"errors":[{"#), "{body}");
        assert_eq!(body.matches("SUBGRAPH_MALFORMED_ANSWER").count(), 1, "{body}");
        assert!(body.contains(r#""path":["top",0,"reviews"]"#), "{body}");
    }
    let body = answer(SHOP, r#"{"data":{}}"#);
    assert!(body.contains("`_entities` is missing"), "{body}");
}

#[test]
fn an_entity_that_is_not_found_is_null() {
    let body = answer(SHOP, r#"{"data":{"_entities":[null]}}"#);
    assert!(body.contains("there is no value for the non-null field `Type.reviews`"), "{body}");
    assert_eq!(body.matches("message").count(), 1, "{body}");
}

#[test]
fn equal_entities_are_asked_for_once_and_errors_have_all_their_paths() {
    let item = |name: &str| format!(r#"{{"id":"1","name":"{name}","price":null,"tags":null,"kind":null}}"#);
    let shop = format!(r#"{{"data":{{"top":[{},{}]}}}}"#, item("a"), item("b"));
    let reviews = r#"{"data":{"_entities":[{"reviews":[{"body":null,"_a0":{"name":"ann"}}]}]},"errors":[{"message":"no body","path":["_entities",0,"reviews",0,"body"],"extensions":{"code":"X","secret":1}},{"message":"odd","path":["_entities",0,"reviews",0,"_a0","name"]}]}"#;
    let transport = Scripted::json(shop.as_bytes(), reviews.as_bytes());
    let body = text(run(&transport));
    let error = |message: &str, row: usize, path: &str, code: &str| {
        format!(
            r#"{{"message":"{message}","path":["top",{row},"reviews",0,{path}],"extensions":{{"code":"{code}","service":"reviews"}}}}"#
        )
    };
    let errors = [
        error("no body", 0, r#""body""#, "X"),
        error("no body", 1, r#""body""#, "X"),
        error("odd", 0, r#""author","name""#, "SUBGRAPH_ERROR"),
        error("odd", 1, r#""author","name""#, "SUBGRAPH_ERROR"),
    ];
    assert!(body.ends_with(&format!(r#","errors":[{}]}}"#, errors.join(","))), "{body}");
    let requests = transport.requests();
    assert_eq!(requests[1].matches("__typename").count(), 1, "{}", requests[1]);
}

#[test]
fn an_error_without_a_path_is_shown_at_the_first_field_it_explains() {
    let body = answer(SHOP, r#"{"data":null,"errors":[{"message":"down"}]}"#);
    assert_eq!(
        body,
        r#"{"data":{"top":null},"errors":[{"message":"down","path":["top",0,"reviews"],"extensions":{"code":"SUBGRAPH_ERROR","service":"reviews"}}]}"#
    );
    let body = answer(r#"{"errors":[{"message":"down"}]}"#, REVIEWS);
    assert_eq!(
        body,
        r#"{"data":{"top":null},"errors":[{"message":"down","path":["top"],"extensions":{"code":"SUBGRAPH_ERROR","service":"shop"}}]}"#
    );
}

#[test]
fn a_transport_failure_is_one_error() {
    let item = |id: u32| format!(r#"{{"id":"{id}","name":"a","price":null,"tags":null,"kind":null}}"#);
    let shop = format!(r#"{{"data":{{"top":[{},{}]}}}}"#, item(1), item(2));
    let mut transport = Scripted::json(shop.as_bytes(), b"");
    transport.reviews = Arc::new(|| {
        Err(TransportError { kind: TransportErrorKind::Timeout, message: "no answer within 5 s".to_owned() })
    });
    assert_eq!(
        text(run(&transport)),
        r#"{"data":{"top":null},"errors":[{"message":"no answer within 5 s","path":["top",0,"reviews"],"extensions":{"code":"SUBGRAPH_TIMEOUT","service":"reviews"}}]}"#
    );
}

#[test]
fn without_keys_nothing_is_sent() {
    let transport = Scripted::json(br#"{"data":{"top":[]}}"#, b"");
    assert_eq!(text(run(&transport)), r#"{"data":{"top":[]}}"#);
    assert_eq!(transport.requests().len(), 1);
    let transport = Scripted::json(SHOP.replace(r#""id":"1""#, r#""id":null"#).as_bytes(), b"");
    run(&transport);
    assert_eq!(transport.requests().len(), 1);
}

#[test]
fn memory_and_answers_are_bounded() {
    let huge = format!(r#"{{"data":{{"top":[{}{{}}]}}}}"#, "{},".repeat(10_000));
    let limits = Limits { values: 10_000, bytes: 1 << 20 };
    let body = text(run_with(&Scripted::json(huge.as_bytes(), REVIEWS.as_bytes()), limits));
    assert!(
        body.starts_with(r#"{"data":{"top":null},"errors":["#) && body.contains("ANSWER_TOO_LARGE"),
        "{body}"
    );

    let item = r#"{"id":null,"name":"long name","price":{"amount":1},"tags":[],"kind":null}"#;
    let many = format!(r#"{{"data":{{"top":[{}]}}}}"#, [item; 100].join(","));
    let limits = Limits { values: 10_000, bytes: 500 };
    let body = text(run_with(&Scripted::json(many.as_bytes(), REVIEWS.as_bytes()), limits));
    assert!(body.contains("ANSWER_TOO_LARGE") || body.contains("NULL_FOR_NON_NULL"), "{body}");

    let errors = vec![r#"{"message":"x"}"#; 100].join(",");
    let body = answer(format!(r#"{{"data":null,"errors":[{errors}]}}"#), REVIEWS);
    assert_eq!(body.matches("\"x\"").count(), 20);
    assert_eq!(body.matches("TOO_MANY_ERRORS").count(), 1);
}
