//! What caches are told: `cache-control` from the schema's hints, and `etag`.

use gateway::config::{Anonymous, CallerConfig, Config};

use crate::harness::{REVIEWS, Shop, TestGateway, caller_config, token};

/// The products' schema with hints.
pub(crate) const PRODUCTS: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@composeDirective"])
  @link(url: "https://specs.example/cacheControl/v0.1", import: ["@cacheControl"])
  @composeDirective(name: "@cacheControl")
directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean)
  on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
enum CacheControlScope { PUBLIC PRIVATE }
type Query {
  products: [Product!]! @cacheControl(maxAge: 60)
  product(id: ID!): Product @cacheControl(maxAge: 30, scope: PUBLIC)
  header(name: String!): String
}
type Mutation { rename(id: ID!, name: String!): Product }
type Product @key(fields: "id") { id: ID! name: String! }
"#;

async fn start(config: Config) -> TestGateway {
    let shop = Shop::open().await;
    let [(_, _, products), (_, _, reviews)] = shop.subgraphs();
    TestGateway::start(config, &[("products", PRODUCTS, products), ("reviews", REVIEWS, reviews)]).await
}

const ALL: &str = "/graphql?query=%7Bproducts%7Bname%7D%7D";
const ONE: &str = "/graphql?query=%7Bproduct(id:1)%7Bname%7D%7D";
const REVIEWED: &str = "/graphql?query=%7Bproduct(id:1)%7Bname%20reviews%7Bstars%7D%7D%7D";
const JSON: (&str, &str) = ("accept", "application/json");

#[tokio::test]
async fn hints_decide_how_long_and_by_whom() {
    let callers = CallerConfig { anonymous: Some(Anonymous::Allow), ..caller_config() };
    let gateway = start(Config { callers, ..Config::default() }).await;
    let known = token("ann", 60);
    let cases = [
        (ALL, None, "public, max-age=60"),
        // Not declared public: what an identified caller gets is for that caller.
        (ALL, Some(&known), "private, max-age=60"),
        (ONE, Some(&known), "public, max-age=30"),
        // Reviews have no hint.
        (REVIEWED, None, "no-store"),
        ("/graphql?query=%7B__typename%7D", None, "no-store"),
    ];
    for (path, token, expected) in cases {
        let mut headers = vec![JSON];
        headers.extend(token.map(|token| ("authorization", token.as_str())));
        let reply = gateway.client.get(path, &headers).await;
        assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, Some(expected)), "{path}");
        assert_eq!(reply.header("vary"), Some("accept, accept-encoding, authorization"));
    }
}

#[tokio::test]
async fn only_what_is_read_and_whole_is_kept() {
    let gateway = start(Config::default()).await;
    let reply = gateway.client.query("{ products { name } }").await;
    assert_eq!((reply.header("cache-control"), reply.header("etag")), (Some("no-store"), None));
    let path = "/graphql?query=%7Bproducts%7Bcolour%7D%7D";
    let reply = gateway.client.get(path, &[JSON]).await;
    assert_eq!((reply.header("cache-control"), reply.header("etag")), (Some("no-store"), None));
    // The reviews cannot be reached, so the answer is incomplete.
    let shop = Shop::open().await;
    let [(_, _, products), _] = shop.subgraphs();
    let nothing = "http://127.0.0.1:1/graphql";
    let reviews =
        REVIEWS.replace("reviews(minStars: Int = 0): [Review!]!", "reviews(minStars: Int = 0): [Review!]");
    let subgraphs = [("products", PRODUCTS, products), ("reviews", reviews.as_str(), nothing)];
    let gateway = TestGateway::start(Config::default(), &subgraphs).await;
    let reply = gateway.client.get(REVIEWED, &[JSON]).await;
    assert_eq!(reply.error().1, "SUBGRAPH_UNREACHABLE");
    assert_eq!((reply.header("cache-control"), reply.header("etag")), (Some("no-store"), None));
}

#[tokio::test]
async fn who_has_the_answer_is_told_that_nothing_is_new() {
    let gateway = start(Config::default()).await;
    for path in [ALL, REVIEWED] {
        let reply = gateway.client.get(path, &[JSON]).await;
        let tag = reply.header("etag").unwrap().to_owned();
        assert!(tag.starts_with("W/\"") && tag.len() == 26, "{tag}");
        let several = format!("\"other\", {tag}");
        for known in [tag.as_str(), tag.trim_start_matches("W/"), "*", &several] {
            let again = gateway.client.get(path, &[JSON, ("if-none-match", known)]).await;
            assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""), "{known}");
            assert_eq!(again.header("etag"), Some(tag.as_str()));
            assert_eq!(again.header("cache-control"), reply.header("cache-control"));
        }
        let again = gateway.client.get(path, &[JSON, ("if-none-match", "W/\"other\"")]).await;
        assert_eq!((again.status.as_u16(), &again.text), (200, &reply.text));
        // Compressed in any way it is the same answer.
        let compressed = gateway.client.get(path, &[JSON, ("accept-encoding", "br")]).await;
        assert_eq!(compressed.header("etag"), Some(tag.as_str()));
    }
    let other = gateway.client.get("/graphql?query=%7Bproduct(id:2)%7Bname%7D%7D", &[JSON]).await;
    assert_ne!(other.header("etag"), gateway.client.get(ONE, &[JSON]).await.header("etag"));
}
