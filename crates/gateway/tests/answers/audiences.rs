//! Who gets the same answer, and who never does.

use gateway::config::{
    Config, ContractConfig, HeadersConfig, LimitSet, LimitsConfig, PropagatedHeader, SubgraphConfig,
    UpstreamConfig,
};

use super::{Headers, ask, bearer, config, is_kept, start};
use crate::harness::{Client, Reply, token, token_signed_with, token_with_roles, token_with_scope};

/// Asks as one, again as the same, and as another; whether the other gets what the first got.
async fn shared(client: &Client, query: &str, one: Headers<'_>, other: Headers<'_>) -> bool {
    let first = client.query_with(query, one).await;
    let second = client.query_with(query, one).await;
    let third = client.query_with(query, other).await;
    assert_eq!(first.data(), second.data(), "{query}: who asks again gets what is kept");
    assert!(is_kept(&second), "{second:#?}");
    assert_eq!(
        is_kept(&third),
        third.text == first.text,
        "{query}: only what is kept is the same: {third:#?}"
    );
    is_kept(&third)
}

#[tokio::test]
async fn an_answer_is_shared_only_by_those_whom_its_hints_name() {
    let (ann, bob) = (token("ann", 60), token("bob", 60));
    let (reader, writer) = (token_with_scope("ann", "read"), token_with_scope("ann", "read write"));
    let (bob_reads, admin) = (token_with_scope("bob", "read"), token_with_roles("ann", &["ADMIN"]));
    let later = token("ann", 61);
    let (open, some, mine) = ("{ open }", "{ some }", "{ mine }");
    let cases: [(&str, &str, &str, bool); 21] = [
        // Public: callers who are known share it, and those who are not.
        (open, &ann, &bob, true),
        (open, &ann, &admin, true),
        (open, &ann, "", false),
        (open, "", &ann, false),
        (open, "", "", true),
        // Not declared: whoever is known has it alone.
        (some, &ann, &ann, true),
        (some, &ann, &bob, false),
        (some, &ann, "", false),
        (some, "", "", true),
        (some, "", &ann, false),
        (mine, &ann, &ann, true),
        (mine, &ann, &bob, false),
        (mine, &ann, "", false),
        // The same person with other rights is another caller, and so is one with another token.
        (mine, &reader, &writer, false),
        (mine, &reader, &admin, false),
        (mine, &ann, &admin, false),
        (mine, &ann, &later, false),
        // What is protected is for its reader alone, whatever its hint says.
        ("{ known }", &ann, &bob, false),
        ("{ scoped }", &reader, &bob_reads, false),
        ("{ scoped }", &reader, &writer, false),
        // The narrowest hint of several holds.
        ("{ open mine }", &ann, &bob, false),
    ];
    for (query, one, other, expected) in cases {
        let gateway = start(config()).await;
        let headers =
            |token| if str::is_empty(token) { [("x-nobody", "")] } else { [("authorization", token)] };
        let shares = shared(&gateway.client, query, &headers(one), &headers(other)).await;
        assert_eq!(shares, expected, "{query} as {one:?}, then as {other:?}");
    }
}

#[tokio::test]
async fn who_may_not_read_is_refused_what_others_have() {
    let gateway = start(config()).await;
    let (reader, other) = (token_with_scope("ann", "read"), token("ann", 60));
    for query in ["{ scoped }", "{ known }"] {
        assert!(shared(&gateway.client, query, &bearer(&reader), &bearer(&reader)).await);
    }
    let denied = |reply: &Reply| reply.json()["errors"][0]["extensions"]["code"].clone();
    for (query, headers) in [("{ scoped }", &bearer(&other)[..]), ("{ scoped }", &[]), ("{ known }", &[])] {
        // Nor is what it is told kept for anybody.
        for _ in 0..2 {
            let reply = ask(&gateway, query, headers).await;
            assert_eq!(denied(&reply), "UNAUTHORIZED_FIELD_OR_TYPE", "{query}: {reply:#?}");
            assert!(!is_kept(&reply), "{reply:#?}");
        }
    }
    assert!(is_kept(&ask(&gateway, "{ scoped }", &bearer(&reader)).await));
    // Tokens are looked at first.
    let forged = token_signed_with("another-another-another-another-another", "ann", 60);
    for bad in [token("ann", -120), forged, "Bearer nothing".to_owned()] {
        let reply = ask(&gateway, "{ known }", &bearer(&bad)).await;
        assert_eq!((reply.status.as_u16(), is_kept(&reply)), (401, false), "{bad}: {reply:#?}");
    }
}

#[tokio::test]
async fn a_contract_has_answers_of_its_own() {
    let partners = ContractConfig {
        roles: vec!["PARTNER".to_owned()],
        exclude_tags: vec!["internal".to_owned()],
        ..ContractConfig::default()
    };
    let gateway = start(Config { contracts: vec![partners], ..config() }).await;
    let (staff, partner) = (token("ann", 60), token_with_roles("ann", &["PARTNER"]));
    let other_partner = token_with_roles("bob", &["PARTNER"]);
    assert!(!shared(&gateway.client, "{ open }", &bearer(&staff), &bearer(&partner)).await);
    assert!(shared(&gateway.client, "{ open }", &bearer(&partner), &bearer(&other_partner)).await);
    assert!(shared(&gateway.client, "{ internal }", &bearer(&staff), &bearer(&token("bob", 60))).await);
    let reply = ask(&gateway, "{ internal }", &bearer(&partner)).await;
    assert_eq!(reply.error().1, "GRAPHQL_VALIDATION_FAILED", "{reply:#?}");
}

#[tokio::test]
async fn limits_hold_for_what_is_kept() {
    let role = LimitSet { max_root_fields: Some(5), ..LimitSet::default() };
    let limits = LimitsConfig {
        max_root_fields: 1,
        roles: [("STAFF".to_owned(), role)].into(),
        ..LimitsConfig::default()
    };
    let gateway = start(Config { limits, ..config() }).await;
    let (staff, other) = (token_with_roles("ann", &["STAFF"]), token("bob", 60));
    assert!(shared(&gateway.client, "{ open some }", &bearer(&staff), &bearer(&staff)).await);
    let reply = ask(&gateway, "{ open some }", &bearer(&other)).await;
    assert_eq!((reply.error().1.as_str(), is_kept(&reply)), ("LIMIT_ROOT_FIELDS", false), "{reply:#?}");
}

#[tokio::test]
async fn a_header_that_a_subgraph_receives_tells_answers_apart() {
    let propagate = |name: &str| HeadersConfig {
        propagate: vec![PropagatedHeader { name: name.to_owned(), rename: None, default: None }],
        ..HeadersConfig::default()
    };
    let of_one = SubgraphConfig { headers: propagate("x-tenant"), ..SubgraphConfig::default() };
    let rules = [
        UpstreamConfig { forward_headers: vec!["x-tenant".to_owned()], ..UpstreamConfig::default() },
        UpstreamConfig { headers: propagate("x-tenant"), ..UpstreamConfig::default() },
        UpstreamConfig { headers: propagate("x-ten*"), ..UpstreamConfig::default() },
        UpstreamConfig { subgraphs: [("counts".to_owned(), of_one)].into(), ..UpstreamConfig::default() },
    ];
    let cases: [(Headers<'_>, Headers<'_>, bool); 8] = [
        (&[("x-tenant", "a")], &[("x-tenant", "a")], true),
        (&[("x-tenant", "a")], &[("x-tenant", "b")], false),
        (&[("x-tenant", "a")], &[], false),
        (&[], &[("x-tenant", "a")], false),
        (&[("x-tenant", "")], &[], false),
        (&[("x-tenant", "a"), ("x-tenant", "b")], &[("x-tenant", "a")], false),
        (&[("x-tenant", "ab")], &[("x-tenant", "a"), ("x-tenant", "b")], false),
        // What no subgraph receives changes nothing.
        (&[("x-tenant", "a"), ("x-other", "a")], &[("x-tenant", "a"), ("x-other", "b")], true),
    ];
    for upstream in rules {
        let gateway = start(Config { upstream: upstream.clone(), ..config() }).await;
        for (number, (one, other, expected)) in cases.iter().enumerate() {
            // Each case begins with nothing kept for it.
            let query = format!("{{ of(number: {number}) }}");
            let shares = shared(&gateway.client, &query, one, other).await;
            assert_eq!(shares, *expected, "{one:?}, then {other:?} by {upstream:?}");
        }
    }
}

#[tokio::test]
async fn every_part_of_a_request_tells_answers_apart() {
    let gateway = start(config()).await;
    let of = |variables: &str, name: &str| {
        let query =
            "query A($n: Int, $f: Filter) { of(number: $n, filter: $f) } query B($n: Int) { of(number: $n) }";
        format!(r#"{{"query":"{query}","operationName":"{name}","variables":{variables}}}"#)
    };
    // Of each group all are one answer, and no two groups are.
    let groups = [
        vec![of("{}", "A"), of("null", "A"), of(r#"{"unknown":1}"#, "A")],
        vec![of(r#"{"n":1}"#, "A"), of(r#"{ "n" : 1 }"#, "A"), of(r#"{"n":1,"m":2}"#, "A")],
        vec![of(r#"{"n":2}"#, "A")],
        vec![of(r#"{"n":null}"#, "A")],
        vec![of(r#"{"n":1}"#, "B")],
        vec![of(r#"{"n":1,"f":{"a":1}}"#, "A")],
        vec![of(r#"{"n":1,"f":{"b":1}}"#, "A")],
        vec![r#"{"query":"{ of(number: 1) }"}"#.to_owned()],
        vec![r#"{"query":"{ of(number: 2) }"}"#.to_owned()],
        vec![r#"{"query":"{ a: of(number: 1) }"}"#.to_owned()],
    ];
    let mut seen = Vec::new();
    for group in &groups {
        let first = gateway.client.post("/graphql", &[], &group[0]).await;
        assert!(!is_kept(&first), "{}: {first:#?}", group[0]);
        assert!(!seen.contains(&first.text), "{}", group[0]);
        for body in group {
            let again = gateway.client.post("/graphql", &[], body).await;
            assert_eq!((is_kept(&again), &again.text), (true, &first.text), "{body}");
        }
        seen.push(first.text);
    }
}
