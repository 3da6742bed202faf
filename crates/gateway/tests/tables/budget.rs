//! Tables are paid for page by page.

use gateway::config::BudgetConfig;

use super::orders::Shop;
use super::{config, folder, orders};
use crate::harness::TestGateway;

/// Three pages of four orders; a page costs 12 by estimate, without the `pageInfo` that no column is made of.
const NUMBERS: &str = "query($after: String) { orders(first: 4, after: $after) { nodes { number } pageInfo { hasNextPage endCursor } } }";

async fn start(budget: BudgetConfig) -> TestGateway {
    let folder = folder(&[("numbers", NUMBERS)]);
    let mut config = config(folder.path());
    config.limits.budget = Some(budget);
    let url = orders::serve(Shop::default()).await;
    TestGateway::start(config, &[("orders", orders::SDL, &url)]).await
}

#[tokio::test]
async fn a_table_goes_on_as_its_budget_comes_back() {
    let gateway = start(BudgetConfig { per_minute: 60_000, capacity: Some(12) }).await;
    let reply = gateway.client.get("/graphql/operations/numbers.csv", &[]).await;
    assert_eq!((reply.status.as_u16(), reply.text.lines().count()), (200, 11), "{reply:#?}");
    assert_eq!(reply.header("ratelimit-policy"), Some("\"cost\";q=12;w=1"), "{reply:#?}");
}

#[tokio::test]
async fn a_table_whose_first_page_is_too_dear_is_refused() {
    let gateway = start(BudgetConfig::per_minute(11)).await;
    let reply = gateway.client.get("/graphql/operations/numbers.csv", &[]).await;
    assert_eq!(reply.error().0, 429, "{reply:#?}");
    assert_eq!(reply.error().1, "BUDGET_EXCEEDED", "{reply:#?}");
}
