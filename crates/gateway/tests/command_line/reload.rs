//! `gateway serve` takes up what changes in its files, or says why not, and drops no request.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Served, command, folder};
use crate::harness::{PRODUCTS, REVIEWS, Shop, token_with_roles_and_scope};

const CONFIG: &str = "listen: 127.0.0.1:0
compose: supergraph.yaml
dev: true
operations: { folder: operations }
reload: { interval: 5ms }
";

const NAMES: &str = "query Names { products { name } }";

/// A shop whose schema and configuration are in files, and a gateway that serves it.
struct World {
    folder: TempDir,
    served: Served,
    _shop: Shop,
}

impl World {
    async fn start(config: &str) -> Self {
        Self::start_with(config, &[]).await
    }

    /// As [`Self::start`], with more files.
    async fn start_with(config: &str, more: &[(&str, &str)]) -> Self {
        let shop = Shop::open().await;
        let [(_, _, products), (_, _, reviews)] = shop.subgraphs();
        let list = format!(
            "subgraphs:
  products: {{ routing_url: '{products}', schema: {{ file: products.graphql }} }}
  reviews: {{ routing_url: '{reviews}', schema: {{ file: reviews.graphql }} }}
"
        );
        let folder = folder(&[
            ("supergraph.yaml", &list),
            ("products.graphql", PRODUCTS),
            ("reviews.graphql", REVIEWS),
            ("gateway.yaml", config),
        ]);
        for (name, text) in more {
            fs::write(folder.path().join(name), text).unwrap();
        }
        fs::create_dir(folder.path().join("operations")).unwrap();
        fs::write(folder.path().join("operations/names.graphql"), NAMES).unwrap();
        let served = Served::start(command(folder.path()).args(["serve", "--config", "gateway.yaml"]));
        Self { folder, served, _shop: shop }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// What `/ready` says, once it fulfils a condition.
    async fn until(&self, condition: impl Fn(&Value) -> bool) -> Value {
        loop {
            let ready = self.served.client.get("/ready", &[]).await;
            assert_eq!(ready.status, 200, "{ready:#?}");
            let ready = ready.json();
            if condition(&ready) {
                return ready;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn generation(&self, number: u64) -> Value {
        self.until(|ready| ready["generation"] == number && ready["refused"].is_null()).await
    }

    /// The reasons of a refusal.
    async fn refused(&self) -> String {
        let ready = self.until(|ready| !ready["refused"].is_null()).await;
        ready["refused"]["reasons"].as_str().unwrap().to_owned()
    }

    /// Waits until the log says something.
    async fn logged(&self, phrase: &str) {
        while !self.served.log.lock().unwrap().contains(phrase) {
            tokio::task::yield_now().await;
        }
    }
}

/// The products' schema with one field more.
fn with_field(name: &str) -> String {
    PRODUCTS
        .replace("header(name: String!): String }", &format!("header(name: String!): String {name}: Int }}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_while_schemas_and_configurations_change() {
    let world = World::start(CONFIG).await;
    let stop = Arc::new(AtomicBool::new(false));
    let asking: Vec<_> = (0..4)
        .map(|_| {
            let (client, stop) = (world.served.client.clone(), stop.clone());
            tokio::spawn(async move {
                let mut asked = 0;
                while !stop.load(Ordering::Relaxed) {
                    let reply = client.query("{ products { name reviews { stars } } }").await;
                    assert_eq!(
                        reply.data()["products"][0]["reviews"],
                        json!([{ "stars": 5 }, { "stars": 2 }])
                    );
                    let stored =
                        client.get("/graphql/operations/names", &[("accept", "application/json")]).await;
                    assert_eq!(stored.data()["products"][1], json!({ "name": "Chair" }));
                    asked += 2;
                }
                asked
            })
        })
        .collect();
    for swap in 0..20 {
        if swap % 4 == 3 {
            let size = 20 + swap;
            world.write("gateway.yaml", &format!("{CONFIG}http: {{ max_body_size: {size}KiB }}\n"));
        } else {
            world.write("products.graphql", &with_field(&format!("field{swap}")));
        }
        world.generation(swap + 2).await;
    }
    stop.store(true, Ordering::Relaxed);
    for asked in asking {
        assert!(asked.await.unwrap() > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_is_refused_with_every_reason_and_the_good_one_stays() {
    let world = World::start(CONFIG).await;
    let good = with_field("second");
    let bad_list = "subgraphs: { a: { schema: {} }, b: { scheme: {} } }";
    let bad_config = format!("{CONFIG}htpp: {{}}\nlimits: {{ max_depth: no }}\n");
    let list = fs::read_to_string(world.folder.path().join("supergraph.yaml")).unwrap();
    let cases: [(&str, &str, &str, &[&str]); 6] = [
        ("products.graphql", PRODUCTS, "type Query { products: [Prodct!]! } type A", &["products.graphql:1"]),
        // Half of a good file, as a program that writes slowly leaves it for a while.
        ("products.graphql", PRODUCTS, &good[..good.len() / 2], &["products.graphql:"]),
        ("products.graphql", PRODUCTS, &PRODUCTS.replace(" name: String!", ""), &["names.graphql:1:26: "]),
        ("supergraph.yaml", &list, bad_list, &["`subgraphs.b.scheme`"]),
        ("gateway.yaml", CONFIG, &bad_config, &["`htpp`", "`limits.max_depth`"]),
        (
            "operations/names.graphql",
            NAMES,
            "{ nothing nowhere }",
            &["names.graphql:1:3: ", "names.graphql:1:11: "],
        ),
    ];
    for (file, before, bad, phrases) in cases {
        world.write(file, bad);
        let reasons = world.refused().await;
        for phrase in phrases {
            assert!(reasons.contains(phrase), "{file}: lacks {phrase}\n{reasons}");
        }
        world.logged(serde_json::to_string(&reasons).unwrap().trim_matches('"')).await;
        assert_eq!(world.served.client.query(NAMES).await.data()["products"][0]["name"], "Table");
        world.write(file, before);
        let ready = world.until(|ready| ready["refused"].is_null()).await;
        assert_eq!(ready["generation"], 1, "what is as it was is no new generation: {file}");
    }
    world.write("products.graphql", &good);
    world.generation(2).await;
    let reply = world.served.client.query("{ __type(name: \"Query\") { fields { name } } }").await;
    assert!(reply.text.contains("second"), "{reply:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_are_ready_when_a_schema_takes_over() {
    let world = World::start(CONFIG).await;
    for query in ["{ products { id } }", "{ products { id } }", "{ latest { body } }", "{ nothing }"] {
        world.served.client.query(query).await;
    }
    world.write("products.graphql", &with_field("second"));
    let ready = world.generation(2).await;
    // Two that were asked for, and the stored one.
    assert_eq!(ready["preparedPlans"], 3, "{ready}");
}

/// The products' schema with names that take a scope.
fn with_protected_names() -> String {
    PRODUCTS
        .replace("name: String! }", "name: String! @requiresScopes(scopes: [[\"names\"]]) }")
        .replace("import: [\"@key\"]", "import: [\"@key\", \"@requiresScopes\"]")
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_of_contracts_are_ready_as_well() {
    let secret = "callers-callers-callers-callers-callers";
    let config = format!(
        "{CONFIG}callers: {{ anonymous: allow, keys: [ {{ algorithm: HS256, secret: {secret} }} ] }}
contracts:
  - {{ anonymous: true, hide_protected: true }}
  - {{ roles: [PARTNER], hide_protected: true }}
"
    );
    let schema = with_protected_names();
    let world = World::start_with(&config, &[("products.graphql", &schema)]).await;
    let client = &world.served.client;
    let partner = token_with_roles_and_scope("ann", &["PARTNER"], "names");
    let partner = [("authorization", partner.as_str())];
    let other = token_with_roles_and_scope("bob", &["PARTNER"], "");
    let other = [("authorization", other.as_str())];
    let (ids, names) = ("query Ids { products { id } }", "query Names { products { id name } }");
    client.query_with(ids, &[]).await.data();
    client.query_with(ids, &other).await.data();
    client.query_with(names, &partner).await.data();
    assert_eq!(client.query_with(names, &other).await.error().1, "GRAPHQL_VALIDATION_FAILED");
    world.write("products.graphql", &schema.replace("header(", "second: Int header("));
    let ready = world.generation(2).await;
    // Those that were asked for in three views, and the stored one for everybody and for whom may read names.
    assert_eq!(ready["preparedPlans"], 5, "{ready}");
    for (query, headers) in [(ids, &[][..]), (ids, &other), (names, &partner)] {
        client.query_with(query, headers).await.data();
    }
    let plans = loop {
        let log = world.served.log.lock().unwrap().clone();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let plans: Vec<_> = lines.filter_map(|line| line["plan"].as_str().map(str::to_owned)).collect();
        if plans.len() >= 6 {
            break plans;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(plans, ["made", "made", "made", "kept", "kept", "kept"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_operations_change_without_a_new_generation() {
    let world = World::start(CONFIG).await;
    let path = "/graphql/operations/ids";
    assert_eq!(world.served.client.get(path, &[("accept", "application/json")]).await.status, 404);
    world.write("operations/ids.graphql", "{ products { id } }");
    loop {
        let reply = world.served.client.get(path, &[("accept", "application/json")]).await;
        if reply.status == 200 {
            break assert_eq!(reply.data()["products"][0]["id"], "1");
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(world.served.client.get("/ready", &[]).await.json()["generation"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_a_restart_is_named() {
    let world = World::start(CONFIG).await;
    let changed = CONFIG.replace(":0\n", ":1\n");
    let changed = format!("{changed}http: {{ max_connections: 7 }}\ntables: {{ max_rows: 5 }}\n");
    world.write("gateway.yaml", &changed);
    let ready = world.until(|ready| !ready["restartNeededFor"].is_null()).await;
    assert_eq!(ready["restartNeededFor"], json!(["listen", "http.max_connections"]));
    world.logged("listen, http.max_connections").await;
    world.write("gateway.yaml", CONFIG);
    world.until(|ready| ready["restartNeededFor"].is_null()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_read_again() {
    let (old, new) = ("old-old-old-old-old-old-old-old-old", "new-new-new-new-new-new-new-new-new");
    let config = format!("{CONFIG}callers: {{ keys: [ {{ algorithm: HS256, secret_file: key }} ] }}\n");
    let world = World::start_with(&config, &[("key", old)]).await;
    let token = |secret| crate::harness::token_signed_with(secret, "ann", 60);
    let ask = async |secret| {
        let token = token(secret);
        world.served.client.query_with(NAMES, &[("authorization", token.as_str())]).await.status.as_u16()
    };
    assert_eq!((ask(old).await, ask(new).await), (200, 401));
    world.write("key", new);
    world.generation(2).await;
    assert_eq!((ask(old).await, ask(new).await), (401, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_has_files_read_that_nobody_looks_at() {
    let world = World::start(&CONFIG.replace("{ interval: 5ms }", "{ watch: false }")).await;
    world.write("products.graphql", &with_field("second"));
    world.served.signal("-HUP");
    world.generation(2).await;
    world.write("products.graphql", "type Query {");
    world.served.signal("-HUP");
    assert!(world.refused().await.contains("products.graphql:"));
}

#[tokio::test]
async fn reasons_are_shown_in_development_only() {
    let world = World::start(&CONFIG.replace("dev: true\n", "http: { health_details: always }\n")).await;
    world.write("products.graphql", "type Query {");
    let ready = world.until(|ready| !ready["refused"].is_null()).await;
    assert!(ready["refused"].get("reasons").is_none(), "{ready}");
}
