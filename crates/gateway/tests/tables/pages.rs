//! Pages for people: descriptions of operations, with all they need in one response.

use super::orders::Shop;
use super::{shop, shop_with};
use crate::harness::{caller_config, token};

#[tokio::test]
async fn the_page_of_an_operation_describes_it() {
    let gateway = shop().await;
    let reply = gateway.client.get("/graphql/operations/orders.html", &[]).await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    for part in [
        "<h1>orders</h1>",
        "All orders.",
        "one of OPEN, PAID",
        "<code>total_amount_minor</code>",
        "<td>Counted from 1.</td>",
        "href=\"/graphql/operations/orders.parquet\"",
        "?table=orders_lines",
        "{&quot;total_amount_minor&quot;, Int64.Type}",
        "pd.read_parquet",
        &format!("http://{}/graphql/operations/orders.arrow", gateway.address),
    ] {
        assert!(reply.text.contains(part), "{part} is not in\n{}", reply.text);
    }
    assert!(reply.text.contains("<p class=\"lead\">All orders.</p>"), "{}", reply.text);
    // A line break in a text is part of it.
    assert!(reply.text.contains("QuoteStyle = QuoteStyle.Csv"), "{}", reply.text);
    assert!(!reply.text.contains("parameter-after"), "the variable that pages is not asked for");
    for foreign in ["src=\"http", "href=\"http", "@import", "url("] {
        assert!(!reply.text.contains(foreign), "the page needs {foreign}");
    }
}

#[tokio::test]
async fn the_list_links_every_operation() {
    let gateway = shop_with(Shop::default(), |config| config.http.prefixes = vec!["/api".to_owned()]).await;
    for prefix in ["", "/api"] {
        let reply = gateway.client.get(&format!("{prefix}/graphql/operations.html"), &[]).await;
        for (id, _) in super::OPERATIONS {
            let link = format!("href=\"{prefix}/graphql/operations/{id}.html\"");
            assert!(reply.text.contains(&link), "{link} is not in\n{}", reply.text);
        }
    }
}

#[tokio::test]
async fn what_is_no_table_says_why() {
    let gateway = shop().await;
    let text = gateway.client.get("/graphql/operations/unpaged.html", &[]).await.text;
    assert!(text.contains("declare a variable `$after: String`"), "{text}");
    let unknown = "there is no stored operation of this id; did you mean `orders`?";
    gateway.client.get("/graphql/operations/order.html", &[]).await.refused(
        404,
        "UNKNOWN_OPERATION",
        unknown,
    );
}

#[tokio::test]
async fn a_browser_is_asked_for_a_token_where_one_is_needed() {
    let gateway = shop_with(Shop::default(), |config| config.callers = caller_config()).await;
    for path in ["/graphql/operations.html", "/graphql/operations/orders.html"] {
        let asked = gateway.client.get(path, &[]).await;
        assert_eq!(asked.status, 401);
        assert!(asked.text.contains("id=\"token\"") && !asked.text.contains("orders"), "{}", asked.text);
        let shown = gateway.client.get(path, &[("authorization", &token("ann", 60))]).await;
        assert_eq!(shown.status, 200);
        assert!(shown.text.contains("orders"), "{}", shown.text);
    }
}
