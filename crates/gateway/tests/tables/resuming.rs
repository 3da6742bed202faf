//! A table in pieces is the whole table.

use serde_json::Value;

use super::orders::Shop;
use super::{shop, shop_with};
use crate::harness::TestGateway;

async fn rows(gateway: &TestGateway, query: &str) -> Vec<Value> {
    let reply = gateway.client.get(&format!("/graphql/operations/orders.ndjson?{query}"), &[]).await;
    assert_eq!(reply.status, 200, "{reply:#?}");
    reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn numbers(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["number"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn every_row_tells_where_to_go_on() {
    let gateway = shop().await;
    let all = rows(&gateway, "resumable=true").await;
    for (index, row) in all.iter().enumerate() {
        let token = row["_resume"].as_str().unwrap();
        let rest = rows(&gateway, &format!("resumable=true&resume={token}")).await;
        assert_eq!(rest, all[index + 1..], "after row {index}");
    }
}

#[tokio::test]
async fn pieces_of_any_length_make_the_whole() {
    let gateway = shop().await;
    for limit in [1, 3, 4, 5, 9] {
        let mut all = Vec::new();
        let mut query = format!("resumable=true&limit={limit}");
        loop {
            let piece = rows(&gateway, &query).await;
            let Some(last) = piece.last() else { break };
            query = format!("resumable=true&limit={limit}&resume={}", last["_resume"].as_str().unwrap());
            all.extend(numbers(&piece));
        }
        assert_eq!(all, (1..=10).collect::<Vec<i64>>(), "{limit} at a time");
    }
}

#[tokio::test]
async fn a_token_belongs_to_its_parameters() {
    let gateway = shop().await;
    let first = rows(&gateway, "resumable=true&limit=1&state=PAID").await;
    let token = first[0]["_resume"].as_str().unwrap();
    assert_eq!(numbers(&rows(&gateway, &format!("resume={token}&state=PAID")).await), [4, 6, 8, 10]);
    let reply = gateway.client.get(&format!("/graphql/operations/orders.ndjson?resume={token}"), &[]).await;
    let message =
        "the parameter `resume` is of another table or of other parameters; repeat those it was given with";
    reply.refused(400, "BAD_PARAMETER", message);
}

#[tokio::test]
async fn a_limit_stops_asking_for_pages() {
    let shop = Shop { orders: 100, ..Shop::default() };
    let pages = shop.pages.clone();
    let gateway = shop_with(shop, |_| {}).await;
    assert_eq!(rows(&gateway, "limit=8").await.len(), 8);
    assert_eq!(pages.load(std::sync::atomic::Ordering::SeqCst), 2, "pages of four");
}
