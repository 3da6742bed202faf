//! The explorer page.

use std::path::{Path, PathBuf};

use gateway::config::{Config, HttpConfig, Shown};

use crate::harness::{News, Page, Shop, TestGateway};

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

/// What the editor shows.
const EDITOR: &str = "document.querySelector('.graphiql-query-editor .CodeMirror')";

#[tokio::test]
async fn a_query_is_completed_run_and_explained() {
    let gateway = start(Config { dev: true, ..Config::default() }).await;
    let mut page = Page::open(&format!("http://{}/", gateway.address), 1440, 900).await;
    page.until(&format!("{EDITOR}.CodeMirror.getValue().includes('__typename')")).await;
    // The schema is there when the editor knows fields.
    page.until("document.querySelector('.graphiql-sidebar button[aria-label*=\"Documentation\"]')").await;
    page.until(&format!("{EDITOR}.CodeMirror.options.hintOptions.schema")).await;
    page.until(&format!("({EDITOR}.CodeMirror.setValue(''), {EDITOR}.CodeMirror.focus(), true)")).await;
    page.insert("{ product(id: 1) { na").await;
    page.press(" ", "Space", 32, true).await;
    let hint = "document.querySelector('.CodeMirror-hints')?.innerText";
    let hints = page.until(hint).await;
    assert!(hints.as_str().unwrap().contains("name"), "{hints}");
    page.press("Enter", "Enter", 13, false).await;
    page.until(&format!("{EDITOR}.CodeMirror.getValue().includes('name')")).await;
    // The operation keeps the name it has: the page finds out about another one a moment after it is typed.
    let query = "query Hello { product(id: 1) { name reviews { body stars product { name } } } }";
    page.until(&format!("({EDITOR}.CodeMirror.setValue('{query}'), true)")).await;
    page.press("Enter", "Enter", 13, true).await;
    page.until("document.querySelector('.result-window').innerText.includes('sturdy')").await;
    let plan = page.until("document.querySelector('.explorer-columns > pre').innerText").await;
    assert!(
        plan.as_str().unwrap().contains("products") && plan.as_str().unwrap().contains("reviews"),
        "{plan}"
    );
    let total = page.until("document.querySelector('.explorer-total').innerText").await;
    assert_eq!(total, "estimated cost 21");
    let costs = page.until("document.querySelector('.explorer-cost').innerText").await;
    assert!(costs.as_str().unwrap().contains("product.reviews"), "{costs}");
    // Only what does not answer the query stands outside of the answer.
    let answer = page.until("document.querySelector('.result-window').innerText").await;
    assert!(!answer.as_str().unwrap().contains("extensions"), "{answer}");
    page.picture(&picture("explorer-light.png")).await;
    page.prefer("dark").await;
    page.until("matchMedia('(prefers-color-scheme: dark)').matches").await;
    page.picture(&picture("explorer-dark.png")).await;
}

#[tokio::test]
async fn a_subscription_shows_its_events() {
    let (shop, news) = (Shop::open().await, News::open().await);
    let [products, reviews] = shop.subgraphs();
    let config = Config { dev: true, ..Config::default() };
    let gateway = TestGateway::start(config, &[products, reviews, news.subgraph()]).await;
    let mut page = Page::open(&format!("http://{}/", gateway.address), 1000, 700).await;
    page.until(&format!("{EDITOR}.CodeMirror.options.hintOptions.schema")).await;
    // The operation keeps the name it has: the page finds out about another one a moment after it is typed.
    let query = "subscription Hello { arrivals { note product { name } } }";
    page.until(&format!("({EDITOR}.CodeMirror.setValue('{query}'), {EDITOR}.CodeMirror.focus(), true)"))
        .await;
    page.press("Enter", "Enter", 13, true).await;
    news.opened().await;
    for (id, note) in [("1", "first"), ("2", "second")] {
        news.arrive(id, note);
        page.until(&format!("document.querySelector('.result-window').innerText.includes('{note}')")).await;
        let event = page.until("document.querySelector('.result-window').innerText").await;
        assert!(!event.as_str().unwrap().contains("extensions"), "{event}");
        // Of the first event, for all.
        let plan = page.until("document.querySelector('.explorer-columns > pre').innerText").await;
        assert!(plan.as_str().unwrap().contains("news"), "{plan}");
        let total = page.until("document.querySelector('.explorer-total').innerText").await;
        assert_eq!(total, "estimated cost 2");
        page.until("document.querySelector('.explorer-cost').innerText.includes('arrivals.product')").await;
    }
    page.picture(&picture("explorer-subscription.png")).await;
    drop(page);
    news.closed().await;
}

/// Pictures are kept for people to look at.
fn picture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}
