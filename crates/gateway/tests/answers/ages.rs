//! How old an answer is, and who gets a new one.

use super::{Headers, ask, bearer, config, is_kept, start};
use crate::harness::{Socket, TestGateway, token};
use gateway::config::{AnswersConfig, CacheConfig, Config, Time};
use serde_json::json;

const JSON: (&str, &str) = ("accept", "application/json");

#[tokio::test]
async fn an_answer_tells_its_age_and_goes_with_its_hint() {
    let gateway = start(config()).await;
    let path = "/graphql?query=%7Bshort%7D";
    let first = gateway.client.get(path, &[JSON]).await;
    assert_eq!((first.header("age"), first.header("cache-control")), (None, Some("public, max-age=1")));
    // Until its second is over.
    loop {
        let reply = gateway.client.get(path, &[JSON]).await;
        if reply.text != first.text {
            assert_eq!(reply.header("age"), None, "{reply:#?}");
            break;
        }
        assert_eq!(reply.header("age"), Some("0"), "{reply:#?}");
        assert_eq!(reply.header("cache-control"), first.header("cache-control"));
        assert_eq!(reply.header("etag"), first.header("etag"));
        assert_eq!(reply.header("vary"), first.header("vary"));
    }
    // An answer to `POST` is kept here only.
    let posted = ask(&gateway, "{ open }", &[]).await;
    let again = ask(&gateway, "{ open }", &[]).await;
    assert_eq!((posted.header("age"), again.header("age")), (None, Some("0")));
    for reply in [&posted, &again] {
        assert_eq!((reply.header("cache-control"), reply.header("etag")), (Some("no-store"), None));
    }
}

#[tokio::test]
async fn the_configuration_bounds_the_age() {
    let answers =
        AnswersConfig { enabled: true, max_age: Time::milliseconds(200), ..AnswersConfig::default() };
    let gateway = start(Config { cache: CacheConfig { answers }, ..config() }).await;
    let first = ask(&gateway, "{ open }", &[]).await;
    while ask(&gateway, "{ open }", &[]).await.text == first.text {}
}

#[tokio::test]
async fn callers_who_are_known_may_want_a_new_answer() {
    let ann = token("ann", 60);
    let ask_with = async |gateway: &TestGateway, value: &str, headers: Headers<'_>| {
        let headers = [headers, &[("cache-control", value)]].concat();
        ask(gateway, "{ open }", &headers).await
    };
    let known = [("authorization", ann.as_str())];
    // Whether the answer is a new one, and whether that is what others get afterwards.
    let cases = [
        ("no-cache", true, true),
        ("no-store", true, false),
        ("max-age=0", true, true),
        ("max-age=100", false, false),
        ("only-if-cached", false, false),
        ("no-cache=\"x\"", true, true),
    ];
    for (value, is_new, replaces) in cases {
        let gateway = start(config()).await;
        let kept = ask(&gateway, "{ open }", &known).await;
        let reply = ask_with(&gateway, value, &known).await;
        assert_eq!((reply.text != kept.text, !is_kept(&reply)), (is_new, is_new), "{value}: {reply:#?}");
        let after = ask(&gateway, "{ open }", &known).await;
        assert!(is_kept(&after), "{after:#?}");
        let expected = if replaces { &reply.text } else { &kept.text };
        assert_eq!(&after.text, expected, "{value}");
        // What a stranger wants would be work that anybody can cause.
        let kept = ask(&gateway, "{ open }", &[]).await;
        let reply = ask_with(&gateway, value, &[]).await;
        assert_eq!((&reply.text, is_kept(&reply)), (&kept.text, true), "{value}");
    }
}

#[tokio::test]
async fn who_changed_something_gets_nothing_from_before() {
    let gateway = start(config()).await;
    let (ann, bob) = (token("ann", 60), token("bob", 60));
    for changes_by_socket in [false, true] {
        let kept = ask(&gateway, "{ open }", &bearer(&ann)).await;
        assert_eq!(ask(&gateway, "{ open }", &bearer(&bob)).await.text, kept.text);
        if changes_by_socket {
            let payload = json!({ "authorization": ann });
            let mut socket = Socket::connect(gateway.address, &payload).await;
            socket.subscribe("1", "mutation { change }").await;
            socket.next().await;
        } else {
            ask(&gateway, "mutation { change }", &bearer(&ann)).await.data();
        }
        assert_eq!(ask(&gateway, "{ open }", &bearer(&bob)).await.text, kept.text, "bob changed nothing");
        let after = ask(&gateway, "{ open }", &bearer(&ann)).await;
        assert_ne!(after.text, kept.text);
        for token in [&ann, &bob] {
            assert_eq!(ask(&gateway, "{ open }", &bearer(token)).await.text, after.text);
        }
    }
}
