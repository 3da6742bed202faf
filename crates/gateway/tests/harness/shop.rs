//! Two small subgraphs of a shop, as real servers.

use async_graphql::{Context, EmptyMutation, EmptySubscription, ID, Object, Schema, SimpleObject};
use async_graphql_axum::GraphQLRequest;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::HeaderMap;

use super::serve_router;

/// The products' schema, as composed.
pub(crate) const PRODUCTS: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
type Query { products: [Product!]! product(id: ID!): Product header(name: String!): String }
type Mutation { rename(id: ID!, name: String!): Product }
type Product @key(fields: "id") { id: ID! name: String! }
"#;

/// The reviews' schema, as composed.
pub(crate) const REVIEWS: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
type Query { latest: [Review!]! }
type Review { body: String! stars: Int! product: Product! }
type Product @key(fields: "id") { id: ID! reviews(minStars: Int = 0): [Review!]! }
"#;

/// The running subgraphs.
pub(crate) struct Shop {
    products: String,
    reviews: String,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let products = Schema::build(Products, Renaming, EmptySubscription).enable_federation().finish();
        let reviews = Schema::build(Reviews, EmptyMutation, EmptySubscription).enable_federation().finish();
        Self { products: serve_schema(products).await, reviews: serve_schema(reviews).await }
    }

    /// Name, schema and URL of each.
    pub(crate) fn subgraphs(&self) -> [(&str, &str, &str); 2] {
        [("products", PRODUCTS, &self.products), ("reviews", REVIEWS, &self.reviews)]
    }
}

pub(super) async fn serve_schema<Q, M>(schema: Schema<Q, M, EmptySubscription>) -> String
where
    Q: async_graphql::ObjectType + 'static,
    M: async_graphql::ObjectType + 'static,
{
    async fn answer<Q, M>(
        State(schema): State<Schema<Q, M, EmptySubscription>>,
        headers: HeaderMap,
        request: GraphQLRequest,
    ) -> Response
    where
        Q: async_graphql::ObjectType + 'static,
        M: async_graphql::ObjectType + 'static,
    {
        let response = schema.execute(request.into_inner().data(headers)).await;
        axum::Json(response).into_response()
    }
    let router = Router::new().route("/graphql", post(answer::<Q, M>)).with_state(schema);
    format!("http://{}/graphql", serve_router(router).await)
}

#[derive(Clone, SimpleObject)]
struct Product {
    id: ID,
    name: String,
}

fn product(id: &str) -> Option<Product> {
    let name = match id {
        "1" => "Table",
        "2" => "Chair",
        _ => return None,
    };
    Some(Product { id: id.into(), name: name.to_owned() })
}

struct Products;

#[Object(name = "Query")]
impl Products {
    async fn products(&self) -> Vec<Product> {
        ["1", "2"].into_iter().filter_map(product).collect()
    }

    async fn product(&self, id: ID) -> Option<Product> {
        product(&id)
    }

    /// A header of the request this subgraph got.
    async fn header(&self, context: &Context<'_>, name: String) -> Option<String> {
        let headers = context.data::<HeaderMap>().ok()?;
        headers.get(&name).map(|value| value.to_str().unwrap().to_owned())
    }

    #[graphql(entity)]
    async fn find_product(&self, id: ID) -> Option<Product> {
        product(&id)
    }
}

struct Renaming;

#[Object(name = "Mutation")]
impl Renaming {
    async fn rename(&self, id: ID, name: String) -> Option<Product> {
        product(&id).map(|product| Product { name, ..product })
    }
}

#[derive(Clone, SimpleObject)]
struct Review {
    body: &'static str,
    stars: i32,
    product: Reviewed,
}

#[derive(Clone, SimpleObject)]
#[graphql(name = "Product", complex)]
struct Reviewed {
    id: ID,
}

#[async_graphql::ComplexObject]
impl Reviewed {
    async fn reviews(&self, #[graphql(default)] min_stars: i32) -> Vec<Review> {
        reviews()
            .into_iter()
            .filter(|review| review.product.id == self.id && review.stars >= min_stars)
            .collect()
    }
}

fn reviews() -> Vec<Review> {
    let review = |body, stars, id: &str| Review { body, stars, product: Reviewed { id: id.into() } };
    vec![review("sturdy", 5, "1"), review("heavy", 2, "1"), review("comfortable", 4, "2")]
}

struct Reviews;

#[Object(name = "Query")]
impl Reviews {
    async fn latest(&self) -> Vec<Review> {
        reviews()
    }

    #[graphql(entity)]
    async fn find_product(&self, id: ID) -> Reviewed {
        Reviewed { id }
    }
}
