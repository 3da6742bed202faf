//! How much is kept, and for how long at most: until another schema or configuration is served.

use gateway::config::{AnswersConfig, ByteSize, CacheConfig, Config};
use gateway::{Gateway, Live};

use super::{COUNTS, ask, config, counts, is_kept, start};
use crate::harness::{TestGateway, engine, token};

fn with(max_memory: ByteSize, max_answer_size: ByteSize) -> Config {
    let answers = AnswersConfig { enabled: true, max_memory, max_answer_size, ..AnswersConfig::default() };
    Config { cache: CacheConfig { answers }, ..config() }
}

fn text(length: usize) -> String {
    format!("{{ text(length: {length}) }}")
}

#[tokio::test]
async fn a_large_answer_is_not_kept() {
    let gateway = start(with(ByteSize::mebibytes(1), ByteSize(10_000))).await;
    for (length, expected) in [(9_000, true), (11_000, false)] {
        ask(&gateway, &text(length), &[]).await.data();
        assert_eq!(is_kept(&ask(&gateway, &text(length), &[]).await), expected, "{length}");
    }
}

#[tokio::test]
async fn memory_is_bounded() {
    let gateway = start(with(ByteSize(100_000), ByteSize(25_000))).await;
    // Each takes twice its size, as it may be compressed.
    for number in 0..20 {
        ask(&gateway, &text(10_000 + 10 * number), &[]).await.data();
    }
    let mut kept = 0;
    for number in 0..20 {
        kept += usize::from(is_kept(&ask(&gateway, &text(10_000 + 10 * number), &[]).await));
    }
    assert!((1..=4).contains(&kept), "{kept} answers of 20 kB each in 100 kB");
}

#[tokio::test]
async fn another_generation_begins_with_nothing() {
    let url = counts().await;
    let subgraphs = [("counts", COUNTS, url.as_str())];
    let (one, _) = engine(&config(), &subgraphs);
    let live = Live::from(Gateway::new(one.clone(), &config()).unwrap());
    let gateway = TestGateway::serve(live.clone()).await;
    let ann = token("ann", 60);
    let known = [("authorization", ann.as_str())];
    let (other_schema, _) = engine(&config(), &subgraphs);
    for next in [other_schema, one] {
        let kept = ask(&gateway, "{ open mine }", &known).await;
        assert_eq!(ask(&gateway, "{ open mine }", &known).await.text, kept.text);
        live.replace(live.gateway().successor(next, &config()).await.unwrap());
        let after = ask(&gateway, "{ open mine }", &known).await;
        assert!(after.text != kept.text && !is_kept(&after), "{after:#?}");
    }
}
