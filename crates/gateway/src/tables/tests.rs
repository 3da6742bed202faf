//! Tables of operations, as they are made when an operation is loaded.

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use serde_json::json;

use super::*;
use crate::config::TablesConfig;

const SCHEMA: &str = r#"
    scalar Date scalar DateTime scalar Long scalar Color
    enum State { OPEN PAID }
    type Query { shop(id: ID): Shop shops: [Shop] orders(first: Int, after: String): OrderConnection must(after: String!): OrderConnection }
    type Shop {
      name: String!
      area: [[Shop!]!]
      orders(first: Int, after: String): OrderConnection
      best: [Order!]
    }
    type OrderConnection { edges: [OrderEdge] nodes: [Order] pageInfo: PageInfo! totalCount: Int }
    type OrderEdge { cursor: String! node: Order }
    type PageInfo { hasNextPage: Boolean! endCursor: String }
    type Order {
      "The number."
      number: Int!
      placedOn: Date placedAt: DateTime cents: Long weight: Float paid: Boolean state: State color: Color tags: [String!]
      shop: Shop
      lines: [Line!]
      related(first: Int, after: String): OrderConnection
    }
    type Line { sku: ID! order: Order }
    type Mutation { open: [Shop] }
"#;

fn schema() -> Valid<Schema> {
    Schema::parse_and_validate(SCHEMA, "schema").unwrap()
}

fn tables(text: &str) -> Result<Tables, Vec<TableProblem>> {
    build(&schema(), text, &TablesConfig::default().scalars(), &|_| Ok(()))
}

fn names(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|column| column.name.as_str()).collect()
}

#[test]
fn columns_have_names_and_types_of_the_schema() {
    let made = tables(
        "query($after: String) { orders(after: $after) { totalCount nodes {
           number placedOn placedAt cents weight paid state color tags when: placedOn __typename shop { name }
         } } }",
    );
    let made = made.unwrap();
    let table = made.find(None).unwrap();
    let columns: Vec<_> =
        table.columns.iter().map(|column| (column.name.as_str(), column.ty.name())).collect();
    let expected = [
        ("orders_total_count", "int32"),
        ("number", "int32"),
        ("placed_on", "date"),
        ("placed_at", "timestamp (UTC)"),
        ("cents", "int64"),
        ("weight", "float64"),
        ("paid", "boolean"),
        ("state", "text (enum)"),
        ("color", "JSON"),
        ("tags", "JSON"),
        ("when", "date"),
        ("typename", "text"),
        ("shop_name", "text"),
    ];
    assert_eq!(columns, expected);
    assert_eq!(table.columns[1].description.as_deref(), Some("The number."));
    assert_eq!((table.name.as_str(), table.rows.as_str()), ("orders", "orders.nodes"));
}

#[test]
fn every_list_is_a_table_and_the_only_outermost_one_is_the_main_one() {
    let text = "query($after: String) { orders(after: $after) { edges { node { number lines { sku } related(first: 2) { nodes { paid } } } } } }";
    let made = tables(text).unwrap();
    let shape: Vec<_> = made.served.iter().map(|table| (table.name.as_str(), names(table))).collect();
    let expected = [
        ("orders", vec!["number"]),
        ("orders_lines", vec!["number", "sku"]),
        ("orders_related", vec!["number", "paid"]),
    ];
    assert_eq!(shape, expected);
    assert_eq!(made.find(None).unwrap().name, "orders");
    assert_eq!(made.find(Some("orders_lines")).unwrap().rows, "orders.edges.node.lines");
    assert_eq!(
        made.find(Some("lines")),
        Err(Refusal::UnknownTable(vec!["orders".into(), "orders_lines".into(), "orders_related".into()]))
    );
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

#[test]
fn connections_get_what_following_them_takes() {
    let text = "query($after: String) { orders(after: $after) { ...O } } fragment O on OrderConnection { nodes { number related(first: 2) { nodes { paid } } } }";
    let made = tables(text).unwrap();
    let main = made.find(None).unwrap();
    assert_eq!(main.page_variable(), Some("after"));
    let follows = "...O\n    tablePageInfo: pageInfo {\n      hasNextPage\n      endCursor\n    }\n";
    assert!(main.text.contains(follows), "{}", main.text);
    let inner = made.find(Some("orders_related")).unwrap();
    assert!(
        inner.text.contains("related(first: 2) { nodes { paid }  tablePageInfo: pageInfo { hasNextPage }}"),
        "{}",
        inner.text
    );
}

#[test]
fn a_line_names_the_main_table_and_how_it_is_paged() {
    let text = "# @table(rows: \"shop.best\", name: \"best\")\n# @table(rows: \"orders.nodes\", pages: ONE, missing: ERROR)\n{ shop { best { number } orders { nodes { number } } } orders { nodes { paid } } }";
    let made = tables(text).unwrap();
    assert_eq!(made.find(None).unwrap().name, "best");
    let orders = made.find(Some("orders")).unwrap();
    assert_eq!((&orders.paging, orders.null_is_error), (&Paging::Once, true));
    assert!(
        matches!(made.find(Some("shop_orders")), Err(Refusal::NoTable(reason)) if reason.contains("declare a variable `$after: String`"))
    );
}

#[test]
fn what_cannot_be_a_table_says_why() {
    let cases = [
        ("{ shop { name } }", "it selects no list of objects"),
        (
            "{ shops { name } orders(first: 3) { nodes { paid } } }",
            "it selects several lists (`shops`, `orders`)",
        ),
        ("{ orders(first: 3) { nodes { paid } } }", "rows after the first page of `orders` would be missing"),
        ("query($a: String!) { orders(after: $a) { nodes { paid } } }", "`$a` has to be nullable"),
        (
            "query($a: String) { orders(after: $a) { nodes { paid } } shop { orders(after: $a) { totalCount } } }",
            "`$a` pages `orders` and is used elsewhere",
        ),
        ("{ shops { name a: best { number } area { name } } x: shops { name } }", "several lists"),
        ("{ shop { area { name } } }", "`shop.area` is a list of lists"),
        ("{ shops { lines: best { number } } }", "there would be no columns"),
        ("{ shops { name shopName: name shop: name s: best { number } } }", ""),
        (
            "query($limit: Int) { shops { best { number } orders(first: $limit) { totalCount } } }",
            "`$limit` is called like a parameter",
        ),
        ("mutation { open { name } }", "only queries"),
    ];
    for (text, reason) in cases {
        let made = tables(text).unwrap();
        match made.find(None) {
            Ok(_) => assert_eq!(reason, "", "{text}"),
            Err(refusal) => {
                assert!(
                    refusal.message().contains(reason) && !reason.is_empty(),
                    "{text}: {}",
                    refusal.message()
                );
            }
        }
    }
}

#[test]
fn lines_that_cannot_be_served_are_problems_with_a_place() {
    let cases = [
        (
            "# Shops.\n# @table(rows: \"shps\")\n{ shops { name } }",
            (2, 3),
            "`shps` is no list of objects that is selected; those are `shops`",
        ),
        ("# @table(rows: \"shop\")\n{ shop { name } }", (1, 3), "there is none"),
        ("# @table(rows: \"orders.nodes\")\n{ orders { nodes { paid } } }", (1, 3), "would be missing"),
        (
            "# @table(rows: \"shops.best\")\n{ shops { name best { name: number } } }",
            (1, 3),
            "`shops.name` and `shops.best.name` would both be the column `name`",
        ),
        ("#  @table(rows: \"open\")\nmutation { open { name } }", (1, 4), "only queries"),
        (
            "# @table(rows: \"shops\", name: \"a\")\n# @table(rows: \"shops.best\", name: \"a\")\n{ shops { name best { number } } }",
            (2, 3),
            "two tables would be called `a`",
        ),
    ];
    for (text, place, message) in cases {
        let problems = tables(text).unwrap_err();
        let [problem] = problems.as_slice() else { panic!("{text}: {problems:?}") };
        assert_eq!((problem.line, problem.column), place, "{text}");
        assert!(problem.message.contains(message), "{text}: {}", problem.message);
    }
}

/// The rows of an answer.
fn rows(table: &Table, data: &serde_json::Value) -> Result<Vec<serde_json::Value>, unfold::Stop<()>> {
    let mut found = Vec::new();
    let body = json!({ "data": data }).to_string();
    let page = page::read(body.as_bytes(), &table.shape).unwrap();
    let flow = unfold::rows(table, &page.data, &mut |row| {
        let value = |cell: &Option<&str>| -> serde_json::Value {
            serde_json::from_str(cell.unwrap_or("null")).unwrap()
        };
        found.push(row.iter().map(value).collect());
        Ok(std::ops::ControlFlow::Continue(()))
    });
    flow.map(|_| found)
}

#[test]
fn a_table_asks_for_what_it_takes_only() {
    let text = "query($a: String, $b: Int, $c: Boolean!) {
        shop { name best { number } ...More }
        orders(after: $a) {
          totalCount
          pageInfo { hasNextPage }
          nodes { ...Number lines { ...Sku } related(first: $b) { nodes { paid } } shop @include(if: $c) { best { number } } }
        }
      }
      fragment More on Shop { orders(first: 1) { nodes { number } } }
      fragment Number on Order { number }
      fragment Sku on Line { sku order { ...Number } }";
    let text = format!("# @table(rows: \"orders.nodes\")\n{text}");
    let made = tables(&text).unwrap();
    // Of each table the fields, variables and fragments that it has, and some that it has not.
    let cases: [(&str, &[&str], &[&str]); 4] = [
        (
            "orders",
            &["$a", "totalCount", "tablePageInfo", "fragment Number", "name"],
            &["$b", "best", "sku", "Sku", "related", "first: 1", "  pageInfo"],
        ),
        (
            "orders_lines",
            &["$a", "sku", "...Sku", "...Number", "tablePageInfo"],
            &["$b", "related", "first: 1"],
        ),
        ("orders_related", &["$a", "$b", "related", "paid", "...Number"], &["lines", "Sku"]),
        ("shop_best", &["best", "name"], &["$b", "related", "lines", "first: 1", "Sku"]),
    ];
    for (name, with, without) in cases {
        let table = made.find(Some(name)).unwrap();
        for part in with {
            assert!(table.text.contains(part), "{name} lacks {part}\n{}", table.text);
        }
        for part in without {
            assert!(!table.text.contains(part), "{name} has {part}\n{}", table.text);
        }
        let valid = apollo_compiler::ExecutableDocument::parse_and_validate(&schema(), &*table.text, "text");
        assert!(valid.is_ok(), "{name}: {:?}\n{}", valid.err().map(|error| error.to_string()), table.text);
    }
}

#[test]
fn lists_unfold_to_rows() {
    let made = tables(
        "query($a: String) { owner: shop { name } orders(after: $a) { nodes { number shop { name } lines { sku } related { nodes { paid } } } } }",
    );
    let made = made.unwrap();
    let data = json!({
        "owner": { "name": "S" },
        "orders": { "nodes": [
            { "number": 1, "shop": { "name": "A" }, "lines": [{ "sku": "x" }, { "sku": "y" }],
              "related": { "nodes": [{ "paid": true }], "tablePageInfo": { "hasNextPage": false } } },
            null,
            { "number": 2, "shop": null, "lines": null, "related": { "nodes": [], "tablePageInfo": { "hasNextPage": true } } },
        ] },
    });
    assert_eq!(rows(&made.served[0], &data), Ok(vec![json!(["S", 1, "A"]), json!(["S", 2, null])]));
    assert_eq!(rows(&made.served[1], &data), Ok(vec![json!(["S", 1, "A", "x"]), json!(["S", 1, "A", "y"])]));
    let incomplete = unfold::Stop::Incomplete(unfold::Incomplete("related".to_owned()));
    assert_eq!(rows(&made.served[2], &data), Err(incomplete));
}

#[test]
fn a_null_list_is_an_error_where_the_file_says_so() {
    let text = "# @table(rows: \"shops.best\", missing: ERROR)\n{ shops { name best { number } } }";
    let made = tables(text).unwrap();
    let data = json!({ "shops": [{ "name": "A", "best": [] }, { "name": "B", "best": null }] });
    assert_eq!(rows(&made.served[0], &data), Err(unfold::Stop::Missing("best".to_owned())));
    assert_eq!(rows(&made.served[1], &data), Ok(vec![json!(["A"]), json!(["B"])]));
}

/// Pages of two orders, without end.
#[derive(Default)]
struct Endless {
    asked: std::sync::atomic::AtomicUsize,
}

impl Pages for Endless {
    fn page(
        &self,
        _: Arc<str>,
        _: bytes::Bytes,
    ) -> futures::future::BoxFuture<'_, Result<bytes::Bytes, PageError>> {
        let number = self.asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let page = json!({ "data": { "orders": {
            "nodes": [{ "number": 2 * number }, { "number": 2 * number + 1 }],
            "tablePageInfo": { "hasNextPage": true, "endCursor": format!("\"{number}\"") },
        } } });
        Box::pin(futures::future::ready(Ok(page.to_string().into())))
    }
}

#[tokio::test]
async fn one_page_is_asked_for_ahead() {
    let made = tables("query($a: String) { orders(after: $a) { nodes { number } } }").unwrap();
    let request =
        TableRequest::read(Vec::new(), &made, &[], Format::NdJson, &TablesConfig::default()).unwrap();
    let pages = Arc::new(Endless::default());
    let asked = || pages.asked.load(std::sync::atomic::Ordering::SeqCst);
    let mut rows = Box::pin(start(pages.clone(), request).await.unwrap());
    for page in 0..5 {
        let text = futures::StreamExt::next(&mut rows).await.unwrap().unwrap();
        assert_eq!(text, format!("{{\"number\":{}}}\n{{\"number\":{}}}\n", 2 * page, 2 * page + 1));
        // The one that follows comes without anybody reading, and no other.
        while asked() < page + 2 {
            tokio::task::yield_now().await;
        }
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(asked(), page + 2);
    }
}
