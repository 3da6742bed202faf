//! Parts of the schema, for callers to whom the rest does not exist.

use gateway::config::{Anonymous, CallerConfig, Config, ContractConfig, OperationsConfig};
use gateway::{Gateway, Live};
use serde_json::json;

use crate::harness::{
    Socket, TestGateway, caller_config, engine, serve_router, token, token_with_roles,
    token_with_roles_and_scope,
};

const STOCK: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@tag", "@authenticated", "@requiresScopes"])
type Query {
  item(id: ID!, audit: Boolean @tag(name: "internal")): Item @tag(name: "public")
  items(state: State): [Item!]! @tag(name: "public")
  audits: [Audit!]! @tag(name: "internal")
  things: [Thing!]! @tag(name: "public")
  mine: [Item!]! @authenticated
}
type Mutation { buy(order: Order!): Item @tag(name: "partner") }
interface Thing @tag(name: "public") { id: ID! }
type Item implements Thing @key(fields: "id") @tag(name: "public") {
  id: ID!
  name: String!
  state: State
  "What we earn"
  margin: Int @tag(name: "internal")
  supplier: Supplier @tag(name: "internal")
  secretRecipe: String @requiresScopes(scopes: [["recipes"]])
}
type Audit implements Thing @tag(name: "internal") { id: ID! who: String! }
type Supplier { name: String! rating: Rating }
enum Rating { GOOD BAD }
enum State { OPEN CLOSED WITHDRAWN @tag(name: "internal") }
input Order { id: ID! note: Note, priority: Int @tag(name: "internal") }
input Note { text: String! }
"#;

/// Answers what the tests ask of the stock, whatever the question.
async fn stock() -> String {
    let answer = json!({ "data": {
        "item": { "id": "1", "name": "Table", "state": "WITHDRAWN", "margin": 7 },
        "items": [{ "id": "1", "margin": 7 }],
        "things": [{ "__typename": "Item", "id": "1" }, { "__typename": "Audit", "id": "2" }],
    } });
    let router = axum::Router::new().fallback(move || async move { axum::Json(answer) });
    format!("http://{}/graphql", serve_router(router).await)
}

fn tags(tags: &[&str]) -> Vec<String> {
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

/// Anonymous callers and partners see what is public, or not internal; callers with no role everything.
fn contracts() -> Vec<ContractConfig> {
    vec![
        ContractConfig {
            anonymous: true,
            include_tags: tags(&["public"]),
            exclude_tags: tags(&["internal"]),
            hide_protected: true,
            ..ContractConfig::default()
        },
        ContractConfig {
            roles: tags(&["PARTNER"]),
            exclude_tags: tags(&["internal"]),
            ..ContractConfig::default()
        },
    ]
}

fn config(contracts: Vec<ContractConfig>) -> Config {
    let callers = CallerConfig { anonymous: Some(Anonymous::Allow), ..caller_config() };
    Config { callers, contracts, ..Config::default() }
}

async fn start(config: Config) -> TestGateway {
    TestGateway::start(config, &[("stock", STOCK, &stock().await)]).await
}

#[tokio::test]
async fn each_caller_is_told_its_own_schema() {
    let gateway = start(Config { dev: true, ..config(contracts()) }).await;
    let (known, partner) = (token("ann", 60), token_with_roles("ann", &["OTHER", "PARTNER"]));
    let internal = ["margin", "Supplier", "Rating", "Audit", "WITHDRAWN", "priority", "audit:"];
    let protected = ["mine", "secretRecipe"];
    let unmarked = ["Mutation", "Order", "Note"];
    let public = ["item(", "items(", "Thing", "state", "CLOSED"];
    for (token, hidden, shown) in [
        (None, [&internal[..], &protected, &unmarked].concat(), public.to_vec()),
        (Some(&partner), internal.to_vec(), [&public[..], &protected, &unmarked].concat()),
        (Some(&known), vec![], [&public[..], &internal, &protected, &unmarked].concat()),
    ] {
        let headers: Vec<_> = token.iter().map(|token| ("authorization", token.as_str())).collect();
        let introspection = "{ __schema { types { name fields { name args { name } } inputFields { name } \
                             enumValues { name } possibleTypes { name } } } }";
        let sdl = gateway.client.get("/graphql/schema", &headers).await.text;
        let json = gateway.client.get("/graphql/schema?format=json", &headers).await.text;
        let asked = gateway.client.query_with(introspection, &headers).await.data().to_string();
        for name in hidden {
            let name = name.trim_end_matches([':', '(']);
            let quoted = format!("\"{name}\"");
            assert!(!sdl.contains(name) || name == "audit", "{name}: {sdl}");
            assert!(!json.contains(&quoted) && !asked.contains(&quoted), "{name} for {token:?}: {asked}");
        }
        for name in shown {
            assert!(sdl.contains(name), "{name}: {sdl}");
        }
    }
}

#[tokio::test]
async fn what_is_outside_is_unknown_and_not_suggested() {
    let gateway = start(config(contracts())).await;
    let partner = token_with_roles("ann", &["PARTNER"]);
    let headers = [("authorization", partner.as_str())];
    let cases = [
        ("{ item(id: 1) { margin } }", "type `Item` does not have a field `margin`"),
        ("{ item(id: 1) { margn } }", "type `Item` does not have a field `margn`"),
        ("{ audits { who } }", "type `Query` does not have a field `audits`"),
        ("{ things { ... on Audit { who } } }", "Audit"),
        ("{ item(id: 1, audit: true) { id } }", "audit"),
        ("{ items(state: WITHDRAWN) { id } }", "WITHDRAWN"),
    ];
    for (query, part) in cases {
        let (_, code, message) = gateway.client.query_with(query, &headers).await.error();
        assert_eq!(code, "GRAPHQL_VALIDATION_FAILED", "{query}: {message}");
        assert!(message.contains(part) && !message.contains("did you mean"), "{query}: {message}");
        if query.contains("margn") {
            assert!(!message.contains("margin"), "{message}");
        }
    }
    let known = token("ann", 60);
    let (_, _, message) =
        gateway.client.query_with(cases[1].0, &[("authorization", known.as_str())]).await.error();
    assert!(message.contains("margin"), "who sees everything is helped: {message}");
    let report = json!({ "query": "{ item(id: 1) { margin } }" }).to_string();
    let report = gateway.client.post("/graphql/validate", &headers, &report).await.json();
    assert_eq!(report["invalid"], 1, "{report}");
}

#[tokio::test]
async fn what_is_outside_is_not_answered_either() {
    let gateway = start(config(contracts())).await;
    let (known, partner) = (token("ann", 60), token_with_roles("ann", &["PARTNER"]));
    let answer = async |token: &str, query: &str| {
        let reply = gateway.client.query_with(query, &[("authorization", token)]).await;
        (reply.json()["data"].clone(), reply.json()["errors"].as_array().map_or(0, Vec::len))
    };
    let state = "{ item(id: 1) { state } }";
    assert_eq!(answer(&known, state).await, (json!({ "item": { "state": "WITHDRAWN" } }), 0));
    assert_eq!(answer(&partner, state).await, (json!({ "item": { "state": null } }), 1));
    let things = "{ things { __typename id } }";
    assert_eq!(answer(&known, things).await.1, 0);
    let (data, errors) = answer(&partner, things).await;
    assert!(errors == 1 && !data.to_string().contains("Audit"), "{data}");
}

#[tokio::test]
async fn a_websocket_shows_what_its_caller_may_see() {
    let gateway = start(config(contracts())).await;
    let partner = token_with_roles("ann", &["PARTNER"]);
    let mut socket = Socket::connect(gateway.address, &json!({ "authorization": partner })).await;
    socket.subscribe("1", "{ item(id: 1) { margin } }").await;
    let message = socket.hear().await;
    assert_eq!(message["payload"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{message}");
    socket.subscribe("2", "{ item(id: 1) { name } }").await;
    assert_eq!(socket.hear().await["payload"]["data"], json!({ "item": { "name": "Table" } }));
}

/// Partners see of what is not internal what each may read.
fn own(max_variants: usize) -> Vec<ContractConfig> {
    vec![ContractConfig {
        roles: tags(&["PARTNER"]),
        exclude_tags: tags(&["internal"]),
        hide_protected: true,
        max_variants,
        ..ContractConfig::default()
    }]
}

#[tokio::test]
async fn what_a_caller_may_not_read_does_not_exist_for_it() {
    let gateway = start(config(own(1))).await;
    let (cook, guest) = (
        token_with_roles_and_scope("ann", &["PARTNER"], "recipes"),
        token_with_roles_and_scope("bob", &["PARTNER"], "menus"),
    );
    let query = "{ item(id: 1) { secretRecipe } }";
    // With room for one, each time the other's is made again.
    for _ in 0..3 {
        for (token, sees) in [(&cook, true), (&guest, false)] {
            let headers = [("authorization", token.as_str())];
            let reply = gateway.client.query_with(query, &headers).await;
            if sees {
                assert_eq!(reply.data(), json!({ "item": { "secretRecipe": null } }));
            } else {
                let message = "type `Item` does not have a field `secretRecipe`";
                reply.refused(400, "GRAPHQL_VALIDATION_FAILED", message);
            }
            let near = gateway.client.query_with("{ item(id: 1) { secretRecip } }", &headers).await;
            assert_eq!(near.text.contains("secretRecipe"), sees, "{near:#?}");
            let schema = gateway.client.get("/graphql/schema", &headers).await.text;
            assert_eq!(schema.contains("secretRecipe"), sees, "{schema}");
            assert!(schema.contains("mine") && !schema.contains("margin"), "{schema}");
            let asked = "{ __type(name: \"Item\") { fields { name } } }";
            let told = gateway.client.query_with(asked, &headers).await.data().to_string();
            assert_eq!(told.contains("secretRecipe"), sees, "{told}");
            let mut socket = Socket::connect(gateway.address, &json!({ "authorization": token })).await;
            socket.subscribe("1", query).await;
            assert_eq!(socket.hear().await["type"] == "next", sees);
        }
    }
}

#[tokio::test]
async fn what_is_promised_to_all_callers_of_a_contract_is_seen_and_denied() {
    let [contract] = own(1).try_into().unwrap();
    let gateway = start(config(vec![ContractConfig { scopes: tags(&["recipes"]), ..contract }])).await;
    let guest = token_with_roles("bob", &["PARTNER"]);
    let headers = [("authorization", guest.as_str())];
    let reply = gateway.client.query_with("{ item(id: 1) { secretRecipe } }", &headers).await;
    assert_eq!(reply.error().1, "UNAUTHORIZED_FIELD_OR_TYPE", "{reply:#?}");
}

#[tokio::test]
async fn a_contract_that_cannot_be_had_is_refused_at_the_start_with_the_reasons() {
    let url = stock().await;
    let refused = |contract: ContractConfig, sdl: &str| {
        let config = config(vec![contract]);
        let (engine, _) = engine(&config, &[("stock", sdl, &url)]);
        Gateway::new(engine, &config).err().unwrap().to_string()
    };
    let excluding =
        |names: &[&str]| ContractConfig { exclude_tags: tags(names), ..ContractConfig::default() };
    let including =
        |names: &[&str]| ContractConfig { include_tags: tags(names), ..ContractConfig::default() };
    assert_eq!(
        refused(excluding(&["interal", "x"]), STOCK),
        "contracts[0]: nothing has the tag `interal`\ncontracts[0]: nothing has the tag `x`"
    );
    assert_eq!(refused(including(&["partner"]), STOCK), "contracts[0]: no field of the query type is left");
    let required = STOCK.replace("audit: Boolean @tag", "audit: Boolean! @tag");
    assert_eq!(
        refused(excluding(&["internal"]), &required),
        "contracts[0]: `Query.item(audit:)` must be given, but is not seen"
    );
    let defaulted = STOCK.replace("state: State)", "state: State = WITHDRAWN)");
    assert_eq!(
        refused(excluding(&["internal"]), &defaulted),
        "contracts[0]: the default of `Query.items(state:)` is `State.WITHDRAWN`, which is not seen"
    );
    let unimplemented = STOCK.replacen("  id: ID!\n  name", "  id: ID! @tag(name: \"internal\")\n  name", 1);
    let reason = refused(excluding(&["internal"]), &unimplemented);
    assert!(
        reason.contains("contracts[0]: the API schema is not valid") && reason.contains("`id`"),
        "{reason}"
    );
}

#[tokio::test]
async fn stored_operations_are_bound_by_contracts() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("margin.graphql"), "query Margin { item(id: 1) { margin } }").unwrap();
    let operations =
        OperationsConfig { folder: Some(folder.path().to_owned()), ..OperationsConfig::default() };
    let gateway = start(Config { operations, ..config(contracts()) }).await;
    let get = async |token: &str| {
        let headers = [("authorization", token), ("accept", "application/json")];
        gateway.client.get("/graphql/operations/margin", &headers).await
    };
    assert_eq!(get(&token("ann", 60)).await.data(), json!({ "item": { "margin": 7 } }));
    let (_, code, _) = get(&token_with_roles("ann", &["PARTNER"])).await.error();
    assert_eq!(code, "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn tables_and_their_pages_are_bound_by_contracts() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("names.graphql", "query Names { items { id } }");
    write("margins.graphql", "query Margins { items { id margin } }");
    let operations =
        OperationsConfig { folder: Some(folder.path().to_owned()), ..OperationsConfig::default() };
    let gateway = start(Config { operations, ..config(contracts()) }).await;
    let (known, partner) = (token("ann", 60), token_with_roles("ann", &["PARTNER"]));
    let get = async |path: &str, token: &str| {
        let path = format!("/graphql/operations/{path}");
        gateway.client.get(&path, &[("authorization", token), ("accept", "text/html, text/csv")]).await
    };
    for (path, token) in [("names.csv", &known), ("names.csv", &partner), ("margins.csv", &known)] {
        let reply = get(path, token).await;
        assert!(reply.status == 200 && reply.text.starts_with("id"), "{path}: {reply:#?}");
    }
    let reply = get("margins.csv", &partner).await;
    assert_eq!(reply.error().1, "GRAPHQL_VALIDATION_FAILED", "{reply:#?}");
    let list = async |token: &str| {
        gateway.client.get("/graphql/operations.html", &[("authorization", token)]).await.text
    };
    assert!(list(&known).await.contains("margins.html"));
    assert!(get("margins.html", &known).await.text.contains("What we earn"));
    let (partners, page) = (list(&partner).await, get("margins.html", &partner).await);
    assert!(partners.contains("names.html") && !partners.contains("margins.html"), "{partners}");
    let (status, code, message) = page.error();
    assert_eq!((status, code.as_str()), (404, "UNKNOWN_OPERATION"));
    assert!(!message.contains("mean"), "{message}");
}

#[tokio::test]
async fn a_new_generation_has_its_own_contracts() {
    let url = stock().await;
    let made = |contracts: Vec<ContractConfig>| {
        let config = config(contracts);
        (engine(&config, &[("stock", STOCK, &url)]).0, config)
    };
    let (first, config) = made(contracts());
    let live = Live::from(Gateway::new(first, &config).unwrap());
    let gateway = TestGateway::serve(live.clone()).await;
    let partner = token_with_roles("ann", &["PARTNER"]);
    let margin = async || {
        let headers = [("authorization", partner.as_str())];
        gateway.client.query_with("{ item(id: 1) { margin } }", &headers).await
    };
    assert_eq!(margin().await.error().1, "GRAPHQL_VALIDATION_FAILED");
    let (second, without) = made(Vec::new());
    live.replace(live.gateway().successor(second, &without).await.unwrap());
    assert_eq!(margin().await.data(), json!({ "item": { "margin": 7 } }));
    let (third, config) = made(contracts());
    live.replace(live.gateway().successor(third, &config).await.unwrap());
    assert_eq!(margin().await.error().1, "GRAPHQL_VALIDATION_FAILED");
    let unknown = ContractConfig { exclude_tags: tags(&["nowhere"]), ..ContractConfig::default() };
    let (fourth, config) = made(vec![unknown]);
    let refused = live.gateway().successor(fourth, &config).await.err().unwrap().to_string();
    assert_eq!(refused, "contracts[0]: nothing has the tag `nowhere`");
    assert_eq!(margin().await.error().1, "GRAPHQL_VALIDATION_FAILED", "the present generation goes on");
}
