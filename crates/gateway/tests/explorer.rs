//! The explorer page.

use gateway::config::{Config, HttpConfig, Shown};

use crate::harness::{Shop, TestGateway};

async fn start(config: Config) -> TestGateway {
    TestGateway::start(config, &Shop::open().await.subgraphs()).await
}

#[tokio::test]
async fn the_page_and_its_assets_come_from_the_gateway_alone() {
    let gateway = start(Config { dev: true, ..Config::default() }).await;
    let page = gateway.client.get("/", &[("accept", "text/html")]).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, Some("text/html")));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("http"), "{policy}");
    let assets: Vec<_> =
        page.text.split('"').filter(|part| part.starts_with("explorer/") && part.contains('.')).collect();
    assert_eq!(assets.len(), 2, "{}", page.text);
    for asset in assets {
        let reply = gateway.client.get(&format!("/{asset}"), &[]).await;
        assert_eq!(reply.status, 200, "{asset}");
        assert_eq!(reply.header("cache-control"), Some("public, max-age=31536000, immutable"));
        let kind = reply.header("content-type").unwrap();
        assert!(matches!(kind, "text/javascript" | "text/css"), "{kind}");
    }
    let reply = gateway.client.get("/explorer/none.js", &[]).await;
    assert_eq!(reply.error().1, "NOT_FOUND");
}

#[tokio::test]
async fn the_page_is_served_when_configured() {
    for (dev, explorer, status) in [
        (false, Shown::Dev, 404),
        (true, Shown::Never, 404),
        (false, Shown::Always, 200),
        (true, Shown::Dev, 200),
    ] {
        let http = HttpConfig { explorer, ..HttpConfig::default() };
        let gateway = start(Config { dev, http, ..Config::default() }).await;
        assert_eq!(gateway.client.get("/", &[]).await.status, status, "dev: {dev}, explorer: {explorer:?}");
    }
}
