//! The way to subgraphs.

use super::load;

#[test]
fn a_breaker_counts_for_some_time() {
    let own = "upstream: { subgraphs: { a: { breaker: { window: 0s } } } }\n";
    for (text, key) in [
        ("upstream: { breaker: { window: 0s } }\n", "upstream.breaker.window"),
        (own, "upstream.subgraphs.a.breaker.window"),
    ] {
        let problems = load(&format!("supergraph: graph.graphql\n{text}"), &[]).unwrap_err();
        assert!(problems.contains(&format!("`{key}`: a duration must be longer than 0")), "{problems}");
    }
}

#[test]
fn rules_for_headers_name_no_header_that_is_not_theirs() {
    let cases = [
        (
            "propagate: [ { name: Host } ]",
            "propagate[0].name",
            "`Host` belongs to one connection or message; leave it out",
        ),
        (
            "propagate: [ { name: a, rename: x-caller-token } ]",
            "propagate[0].rename",
            "`x-caller-token` is written by the gateway itself; leave it out",
        ),
        (
            "propagate: [ { name: x-*, rename: a } ]",
            "propagate[0].rename",
            "all headers of a pattern would have one name; write a rule for each",
        ),
        (
            "propagate: [ { name: x-*, default: a } ]",
            "propagate[0].default",
            "a pattern has no header that could be missing",
        ),
        (
            "propagate: [ { name: a, default: \"a\\nb\" } ]",
            "propagate[0].default",
            "is not a header's value: it has a line break or another control character",
        ),
        (
            "propagate: [ { name: \"*\" } ]",
            "propagate[0].name",
            "expected at least the beginning of a name before `*`",
        ),
        ("remove: [ \"a b\" ]", "remove[0]", "is not a header name"),
        (
            "insert: { content-length: \"1\" }",
            "insert.content-length",
            "`content-length` belongs to one connection or message; leave it out",
        ),
        (
            "answers: [ { name: Cache-Control } ]",
            "answers[0].name",
            "`cache-control` is written by the gateway itself; leave it out",
        ),
        (
            "answers: [ { name: a, rename: transfer-encoding } ]",
            "answers[0].rename",
            "`transfer-encoding` belongs to one connection or message; leave it out",
        ),
        (
            "answers: [ { name: set-cookie, merge: last } ]",
            "answers[0].merge",
            "cookies of several answers are several headers; leave it out",
        ),
    ];
    for (rule, key, message) in cases {
        for (before, after, place) in [
            ("upstream: { headers: { ", " } }", "upstream.headers"),
            ("upstream: { subgraphs: { s: { headers: { ", " } } } }", "upstream.subgraphs.s.headers"),
        ] {
            let text = format!("supergraph: graph.graphql\n{before}{rule}{after}\n");
            let problems = load(&text, &[]).expect_err(&text);
            assert!(problems.ends_with(&format!("`{place}.{key}`: {message}")), "{text}{problems}");
        }
    }
}
