//! How an answer that is kept is sent.

use gateway::config::{CacheConfig, Config, OperationsConfig};
use http::Method;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{config, is_kept, start};

const JSON: (&str, &str) = ("accept", "application/json");
const TEXT: &str = "/graphql?query=%7Btext(length:5000)%7D";

#[tokio::test]
async fn it_is_the_same_in_every_form() {
    let gateway = start(config()).await;
    let fresh = gateway.client.get(TEXT, &[JSON]).await;
    for media in ["application/json", "application/graphql-response+json"] {
        let kept = gateway.client.get(TEXT, &[("accept", media)]).await;
        assert_eq!((is_kept(&kept), &kept.text), (true, &fresh.text));
        assert_eq!(kept.header("content-type"), Some(format!("{media}; charset=utf-8").as_str()));
        assert_eq!(kept.header("etag"), fresh.header("etag"));
    }
    let head = gateway.client.send(Method::HEAD, TEXT, &[JSON], "").await;
    assert_eq!((head.status.as_u16(), head.text.as_str(), is_kept(&head)), (200, "", true));
}

#[tokio::test]
async fn who_has_it_is_told_so() {
    let gateway = start(config()).await;
    let tag = gateway.client.get(TEXT, &[JSON]).await.header("etag").unwrap().to_owned();
    for known in [tag.as_str(), tag.trim_start_matches("W/"), "*"] {
        let reply = gateway.client.get(TEXT, &[JSON, ("if-none-match", known)]).await;
        assert_eq!((reply.status.as_u16(), reply.text.as_str()), (304, ""), "{reply:#?}");
        assert_eq!((reply.header("etag"), is_kept(&reply)), (Some(tag.as_str()), true));
        assert_eq!(reply.header("content-encoding"), None);
    }
    let reply = gateway.client.get(TEXT, &[JSON, ("if-none-match", "\"other\"")]).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn it_is_compressed_as_any_other() {
    let with = start(config()).await;
    let without = start(Config { cache: CacheConfig::default(), ..config() }).await;
    for encoding in ["br", "gzip", "zstd", "gzip, deflate, br, zstd", "identity", "*", "br;q=0", "deflate"] {
        let headers = [JSON, ("accept-encoding", encoding)];
        let expected = without.client.get(TEXT, &headers).await;
        // The first is compressed when it is kept, the others are what was kept of that.
        for _ in 0..3 {
            let reply = with.client.get(TEXT, &headers).await;
            assert_eq!(reply.header("content-encoding"), expected.header("content-encoding"), "{encoding}");
            assert_eq!(reply.text, expected.text, "{encoding}");
            assert_eq!(reply.header("vary"), expected.header("vary"));
        }
        let body = r#"{"query":"{text(length:5000)}"}"#;
        let reply = with.client.post("/graphql", &headers, body).await;
        let expected = without.client.post("/graphql", &headers, body).await;
        assert_eq!(reply.header("content-encoding"), expected.header("content-encoding"), "{encoding}");
        assert_eq!(reply.header("vary"), expected.header("vary"), "{encoding}");
        assert_eq!((is_kept(&reply), &reply.text), (true, &expected.text), "{encoding}");
    }
    // Too short to be worth it.
    for _ in 0..2 {
        let reply = with.client.get("/graphql?query=%7Bopen%7D", &[JSON, ("accept-encoding", "br")]).await;
        assert_eq!(reply.header("content-encoding"), None, "{reply:#?}");
    }
}

#[tokio::test]
async fn every_way_to_ask_for_an_operation_finds_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("number.graphql"), "query Number($n: Int) { of(number: $n) }").unwrap();
    let operations =
        OperationsConfig { folder: Some(folder.path().to_path_buf()), ..OperationsConfig::default() };
    let gateway = start(Config { operations, ..config() }).await;
    let first = gateway.client.get("/graphql/operations/number?n=1", &[JSON]).await;
    assert_eq!(first.status, 200, "{first:#?}");
    let text = "query Number($n: Int) { of(number: $n) }";
    let hash: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    let by_hash = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let variables = json!({ "n": 1 });
    let query = json!({ "query": text, "variables": variables }).to_string();
    let hashed = json!({ "extensions": by_hash, "variables": variables }).to_string();
    let of_hash = format!(
        "/graphql?extensions=%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22{hash}%22%7D%7D\
         &variables=%7B%22n%22:1%7D"
    );
    let replies = [
        gateway.client.get("/graphql/operations/number?n=1", &[JSON]).await,
        gateway.client.post("/graphql/operations/number", &[], r#"{"variables":{"n":1}}"#).await,
        gateway.client.post("/graphql", &[], &query).await,
        gateway.client.post("/graphql", &[], &hashed).await,
        gateway.client.get(&of_hash, &[JSON]).await,
    ];
    for reply in replies {
        assert_eq!((is_kept(&reply), &reply.text), (true, &first.text), "{reply:#?}");
    }
    let other = gateway.client.get("/graphql/operations/number?n=2", &[JSON]).await;
    assert!(!is_kept(&other) && other.text != first.text, "{other:#?}");
}
