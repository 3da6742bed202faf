//! What is never kept.

use gateway::config::{
    AnswerHeader, CacheConfig, Config, HeadersConfig, LimitsConfig, Shown, UpstreamConfig,
};

use super::{Headers, ask, config, is_kept, start};
use crate::harness::TestGateway;

/// Asks three times; whether each answer was made for its request.
async fn is_made_anew(gateway: &TestGateway, query: &str, headers: Headers<'_>) -> bool {
    let mut replies = Vec::new();
    for _ in 0..3 {
        let reply = ask(gateway, query, headers).await;
        assert_eq!(reply.status, 200, "{reply:#?}");
        assert_eq!(is_kept(&reply), replies.contains(&reply.text), "{reply:#?}");
        replies.push(reply.text);
    }
    replies[0] != replies[1] && replies[1] != replies[2]
}

#[tokio::test]
async fn only_whole_answers_to_queries_with_hints_are_kept() {
    let gateway = start(config()).await;
    let cases = [
        ("{ open }", false),
        ("{ open __typename }", false),
        ("{ never }", true),
        ("{ open never }", true),
        ("mutation { change }", true),
        ("{ open broken }", true),
        // Of nobody in particular it is for nobody.
        ("{ mine }", true),
        ("{ open mine }", true),
    ];
    for (query, expected) in cases {
        assert_eq!(is_made_anew(&gateway, query, &[]).await, expected, "{query}");
    }
}

#[tokio::test]
async fn without_the_setting_nothing_is_kept() {
    let gateway = start(Config { cache: CacheConfig::default(), ..config() }).await;
    assert!(is_made_anew(&gateway, "{ open }", &[]).await);
}

#[tokio::test]
async fn what_is_told_beside_an_answer_is_not_kept() {
    let limits = LimitsConfig { show_cost: Shown::Always, ..LimitsConfig::default() };
    let gateway = start(Config { dev: true, limits, ..config() }).await;
    assert!(!is_made_anew(&gateway, "{ open }", &[]).await);
    for name in ["x-include-cost", "x-include-query-plan"] {
        assert!(is_made_anew(&gateway, "{ open }", &[(name, "true")]).await, "{name}");
    }
    assert!(is_kept(&ask(&gateway, "{ open }", &[]).await), "others get what was kept before");
}

#[tokio::test]
async fn an_answer_with_headers_of_subgraphs_is_not_kept() {
    for name in ["x-served", "set-cookie"] {
        let rule = AnswerHeader { name: name.to_owned(), rename: None, merge: None };
        let headers = HeadersConfig { answers: vec![rule], ..HeadersConfig::default() };
        let upstream = UpstreamConfig { headers, ..UpstreamConfig::default() };
        let gateway = start(Config { upstream, ..config() }).await;
        assert!(is_made_anew(&gateway, "{ open }", &[]).await, "{name}");
    }
}

#[tokio::test]
async fn streams_are_not_kept() {
    let gateway = start(config()).await;
    let stream = [("accept", "text/event-stream")];
    assert!(is_made_anew(&gateway, "{ open }", &stream).await);
}
