//! Long tables are streamed, and one that ends early shows it.

use std::sync::atomic::Ordering;

use gateway::Drained;
use gateway::config::Time;
use http::Method;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::items::{self, Items, PAGE};
use super::{config, folder};
use crate::harness::{Client, TestGateway};

async fn items_gateway(items: Items) -> TestGateway {
    let url = items::serve(items).await;
    let folder = folder(&[("items", items::OPERATION)]);
    let mut config = config(folder.path());
    config.tables.max_rows = 10_000_000;
    config.tables.timeout = Time::seconds(600);
    TestGateway::start(config, &[("items", items::SDL, &url)]).await
}

/// What may be on its way between the service and a client that reads: a page being read, one being written, and what
/// the sockets' buffers hold (tens of bytes a row, at most 10 MB).
const ROWS_ON_THEIR_WAY: usize = 40 * PAGE;

#[tokio::test(flavor = "multi_thread")]
async fn a_million_rows_are_asked_for_as_they_are_read() {
    const PAGES: usize = 100;
    let items = Items { pages: PAGES, ..Items::default() };
    let asked = items.asked.clone();
    let gateway = items_gateway(items).await;
    let reply = gateway.client.open(Method::GET, "/graphql/operations/items.csv", &[], "").await;
    let mut body = reply.into_body();
    let (mut rows, mut last) = (0, Vec::new());
    while let Some(frame) = body.frame().await {
        let bytes = frame.unwrap().into_data().unwrap();
        rows += bytes.iter().filter(|byte| **byte == b'\n').count();
        last = bytes.to_vec();
        let on_their_way = (asked.load(Ordering::SeqCst) * PAGE).saturating_sub(rows);
        assert!(on_their_way <= ROWS_ON_THEIR_WAY, "{on_their_way} rows are on their way");
    }
    assert_eq!(rows, PAGES * PAGE + 1, "with the header");
    assert!(String::from_utf8(last).unwrap().ends_with("999999,an item of a long list\r\n"));
    assert_eq!(asked.load(Ordering::SeqCst), PAGES);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_client_goes_no_more_pages_are_asked_for() {
    const PAGES: usize = 100;
    let items = Items { pages: PAGES, ..Items::default() };
    let asked = items.asked.clone();
    let gateway = items_gateway(items).await;
    let mut reply = gateway.client.open(Method::GET, "/graphql/operations/items.parquet", &[], "").await;
    reply.body_mut().frame().await.unwrap().unwrap();
    drop(reply);
    // The gateway stops when no request is left.
    assert_eq!(gateway.stop().await.unwrap(), Drained::Completely);
    let asked = asked.load(Ordering::SeqCst);
    assert!(asked < PAGES, "{asked} pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_half_way_breaks_the_transfer_off() {
    // Not the second page, which is there before the head of the answer is.
    for (ending, fails_at, start) in [
        ("csv", 3, "id,text\r\n0,an item"),
        ("ndjson", 3, "{\"id\":0,"),
        ("json", 3, "[\n{\"id\":0,"),
        ("arrow", 3, "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
        // It is sent in row groups, so that its first bytes come after some pages.
        ("parquet", 8, "PAR1"),
    ] {
        let gateway = items_gateway(Items { pages: 10, fails_at: Some(fails_at), ..Items::default() }).await;
        for client in [gateway.client.clone(), Client::http2(gateway.address)] {
            let path = format!("/graphql/operations/items.{ending}");
            let reply = client.open(Method::GET, &path, &[], "").await;
            assert_eq!(reply.status(), 200);
            let (received, complete) = everything(reply.into_body()).await;
            assert!(!complete, "{ending} looks complete to the client");
            let text = String::from_utf8_lossy(&received[..received.len().min(100)]).into_owned();
            assert!(text.starts_with(start), "{ending}: {text}");
        }
    }
}

/// What arrives of a body, and whether that is all.
async fn everything(mut body: Incoming) -> (Vec<u8>, bool) {
    let mut received = Vec::new();
    loop {
        match body.frame().await {
            Some(Ok(frame)) => received.extend_from_slice(&frame.into_data().unwrap()),
            Some(Err(_)) => return (received, false),
            None => return (received, true),
        }
    }
}
