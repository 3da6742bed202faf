//! Schemas as async-graphql prints them compose as they are.

use async_graphql::{
    EmptyMutation, EmptySubscription, Enum, ID, InputObject, Interface, Object, OneofObject,
    SDLExportOptions, Schema, SimpleObject, Union,
};
use federation::compose::{SubgraphSdl, compose};
use federation::graph::Graph;

#[derive(SimpleObject)]
#[graphql(shareable)]
struct Money {
    amount_minor: i64,
    currency: String,
}

#[derive(SimpleObject)]
struct Location {
    id: ID,
    #[graphql(tag = "public")]
    name: String,
    #[graphql(inaccessible)]
    secret: String,
    fee: Money,
}

#[derive(SimpleObject)]
struct Region {
    id: ID,
}

#[derive(Interface)]
#[graphql(field(name = "id", ty = "&ID"))]
enum Unit {
    Location(Location),
    Region(Region),
}

#[derive(Union)]
enum Hit {
    Location(Location),
    Region(Region),
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum Status {
    Open,
    #[graphql(deprecation = "use OPEN")]
    Opened,
}

#[derive(OneofObject)]
enum By {
    Id(String),
    Code(String),
}

#[derive(InputObject)]
struct Filter {
    #[graphql(default)]
    text: String,
    status: Option<Status>,
}

struct NetworksQuery;

#[Object(name = "Query")]
impl NetworksQuery {
    async fn location(&self, by: By) -> Option<Location> {
        let (By::Id(id) | By::Code(id)) = by;
        let fee = Money { amount_minor: 1, currency: "EUR".to_owned() };
        Some(Location { id: ID::from(id), name: String::new(), secret: String::new(), fee })
    }

    async fn units(&self, filter: Option<Filter>) -> Vec<Unit> {
        let wanted = filter.filter(|filter| filter.text.is_empty() && filter.status.is_none());
        wanted.map(|_| Unit::Region(Region { id: ID::from("r") })).into_iter().collect()
    }

    async fn search(&self) -> Vec<Hit> {
        vec![Hit::Region(Region { id: ID::from("r") })]
    }

    #[graphql(entity)]
    async fn find_location(&self, id: ID) -> Location {
        let fee = Money { amount_minor: 1, currency: "EUR".to_owned() };
        Location { id, name: String::new(), secret: String::new(), fee }
    }
}

struct Revenue(ID);

#[Object(name = "Location")]
impl Revenue {
    async fn id(&self) -> &ID {
        &self.0
    }

    #[graphql(external)]
    async fn name(&self) -> String {
        String::new()
    }

    #[graphql(requires = "name")]
    async fn revenue(&self, days: Option<i32>) -> Money {
        Money { amount_minor: i64::from(days.unwrap_or(30)), currency: "EUR".to_owned() }
    }
}

struct AnalyticsQuery;

#[Object(name = "Query")]
impl AnalyticsQuery {
    #[graphql(entity)]
    async fn find_location(&self, id: ID) -> Revenue {
        Revenue(id)
    }
}

fn subgraph<Q: async_graphql::ObjectType + 'static>(name: &str, query: Q) -> SubgraphSdl {
    let schema = Schema::build(query, EmptyMutation, EmptySubscription).enable_federation().finish();
    SubgraphSdl {
        name: name.to_owned(),
        url: String::new(),
        sdl: schema.sdl_with_options(SDLExportOptions::new().federation()),
    }
}

#[test]
fn schemas_printed_by_async_graphql_compose() {
    let subgraphs = [subgraph("networks", NetworksQuery), subgraph("analytics", AnalyticsQuery)];
    let composition = compose(&subgraphs).unwrap_or_else(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}\n{}\n{}", errors.join("\n"), subgraphs[0].sdl, subgraphs[1].sdl);
    });
    let graph = Graph::from_sdl(&composition.supergraph_sdl).unwrap();
    let api = graph.api_schema().to_string();
    for visible in ["revenue(days: Int): Money!", "input By @oneOf", "interface Unit", "union Hit"] {
        assert!(api.contains(visible), "`{visible}` is missing in\n{api}");
    }
    assert!(!api.contains("secret"), "{api}");
}
