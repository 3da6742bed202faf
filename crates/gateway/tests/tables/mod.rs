//! Stored operations as tables, over real sockets.

mod budget;
mod formats;
mod items;
mod numbers;
mod orders;
mod pages;
mod refusals;
mod resuming;
mod streaming;

use std::path::Path;

use gateway::config::{Config, OperationsConfig, TablesConfig, Time};

use crate::harness::TestGateway;

/// Operations over the orders of a shop.
const OPERATIONS: [(&str, &str); 6] = [
    (
        "orders",
        "# All orders.\n# @table(rows: \"orders.nodes\")\nquery Orders($state: State, $size: Int = 4, $after: String) {\n  \
         orders(first: $size, after: $after, state: $state) { nodes {\n    \
         number placedOn placedAt total { amountMinor currency } weight paid state tags customer { name } lines { sku quantity }\n  } }\n}\n",
    ),
    ("unpaged", "{ orders(first: 3) { nodes { number } } }"),
    (
        "cut",
        "# @table(rows: \"orders.nodes.related.nodes\", name: \"related\")\nquery($after: String) { orders(after: $after) { nodes { order: number related(first: 2) { nodes { number } } } } }",
    ),
    ("missing", "# @table(rows: \"none\", missing: ERROR)\n{ none { number } }"),
    ("silent", "{ silent { number } }"),
    ("rename", "mutation Rename($number: Int!) { rename(number: $number) { number } }"),
];

fn config(folder: &Path) -> Config {
    let tables = TablesConfig { max_rows: 1000, timeout: Time::seconds(60), ..TablesConfig::default() };
    Config {
        operations: OperationsConfig { folder: Some(folder.to_path_buf()), ..OperationsConfig::default() },
        tables,
        ..Config::default()
    }
}

/// A folder of operations.
fn folder(operations: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (id, text) in operations {
        std::fs::write(folder.path().join(format!("{id}.graphql")), text).unwrap();
    }
    folder
}

/// A gateway over ten orders.
async fn shop() -> TestGateway {
    shop_with(orders::Shop::default(), |_| {}).await
}

async fn shop_with(shop: orders::Shop, change: impl FnOnce(&mut Config)) -> TestGateway {
    let folder = folder(&OPERATIONS);
    let mut config = config(folder.path());
    change(&mut config);
    let url = orders::serve(shop).await;
    TestGateway::start(config, &[("orders", orders::SDL, &url)]).await
}
