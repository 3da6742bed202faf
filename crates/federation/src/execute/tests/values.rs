//! In-process answers: the same rules as for JSON text.

use std::sync::Arc;

use super::fixture::{Scripted, answer, run, text};
use crate::execute::{Answer, AnswerError, List, Node, Object, PathSegment, Values};

/// Values of an in-process server, as one might keep them.
struct Tree(serde_json::Value);

impl Values for Tree {
    fn root(&self) -> Node<'_> {
        node(&self.0)
    }
}

fn node(value: &serde_json::Value) -> Node<'_> {
    match value {
        serde_json::Value::Null => Node::Null,
        serde_json::Value::Bool(value) => Node::Boolean(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => Node::Int(integer),
            None => Node::Float(number.as_f64().unwrap()),
        },
        serde_json::Value::String(value) => Node::String(value),
        serde_json::Value::Array(items) => Node::List(items),
        serde_json::Value::Object(entries) => Node::Object(entries),
    }
}

impl List for Vec<serde_json::Value> {
    fn len(&self) -> usize {
        self.len()
    }

    fn item(&self, index: usize) -> Node<'_> {
        node(&self[index])
    }
}

impl Object for serde_json::Map<String, serde_json::Value> {
    fn len(&self) -> usize {
        self.len()
    }

    fn entry(&self, index: usize) -> (&str, Node<'_>) {
        let (key, value) = self.iter().nth(index).unwrap();
        (key, node(value))
    }

    fn get(&self, key: &str) -> Option<Node<'_>> {
        self.get(key).map(node)
    }
}

fn in_process(shop: &str, reviews: &str) -> String {
    let script = |body: &str| {
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        Arc::new(move || {
            let errors = body["errors"].as_array().into_iter().flatten().map(error).collect();
            Ok(Answer::Values { data: Arc::new(Tree(body["data"].clone())), errors })
        })
    };
    text(run(&Scripted::new(script(shop), script(reviews))))
}

fn error(error: &serde_json::Value) -> AnswerError {
    let segment = |step: &serde_json::Value| match step {
        serde_json::Value::String(key) => PathSegment::Key(key.clone()),
        index => PathSegment::Index(index.as_u64().unwrap() as usize),
    };
    AnswerError {
        message: error["message"].as_str().unwrap().to_owned(),
        path: error["path"].as_array().into_iter().flatten().map(segment).collect(),
        extensions: String::new(),
    }
}

#[test]
fn in_process_answers_give_the_same_bytes_as_json_text() {
    let item = r#"{"id":"1","name":"quote \" and \\ and \u0007","price":{"amount":-3},"tags":["ä","\n"],"kind":"TOY"}"#;
    let reviews = r#"{"data":{"_entities":[{"reviews":[{"body":"good","_a0":{"name":"ann"}},{"body":null,"_a0":{"name":"bob"}}]}]}}"#;
    let cases = [
        (format!(r#"{{"data":{{"top":[{item}]}}}}"#), reviews.to_owned()),
        (format!(r#"{{"data":{{"top":[{item},{item}]}}}}"#), reviews.to_owned()),
        (item.replace("-3", "3000000000"), reviews.to_owned()),
        (item.replace(r#"{"amount":-3}"#, "7"), reviews.to_owned()),
        (item.replace(r#""TOY""#, r#""SECRET""#), reviews.to_owned()),
        (item.replace(r#"["ä","\n"]"#, r#"["ä",1]"#), reviews.to_owned()),
        (item.to_owned(), r#"{"data":{"_entities":[null]}}"#.to_owned()),
        (item.to_owned(), r#"{"data":{"_entities":[]}}"#.to_owned()),
        (item.to_owned(), r#"{"data":{"_entities":[{"reviews":null}]},"errors":[{"message":"m","path":["_entities",0,"reviews"]}]}"#.to_owned()),
        (item.to_owned(), r#"{"data":null,"errors":[{"message":"m"}]}"#.to_owned()),
        (r#"{"data":{"top":[3]}}"#.to_owned(), reviews.to_owned()),
        (r#"{"data":{"top":null}}"#.to_owned(), reviews.to_owned()),
    ];
    for (shop, reviews) in cases {
        let shop =
            if shop.starts_with(r#"{"data"#) { shop } else { format!(r#"{{"data":{{"top":[{shop}]}}}}"#) };
        assert_eq!(in_process(&shop, &reviews), answer(&shop, &reviews), "{shop}\n{reviews}");
    }
}
