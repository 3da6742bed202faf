//! A subgraph with the orders of a shop, numbered from 1, in pages.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_graphql::{
    ComplexObject, Context, EmptySubscription, Enum, Error, Object, Result, Schema, SimpleObject,
};
use async_graphql_axum::GraphQLRequest;
use axum::Router;
use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use crate::harness::serve_router;

/// The schema, as composed.
pub(super) const SDL: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
scalar Date
scalar DateTime
scalar Long
enum State { OPEN PAID }
type Query {
  orders(first: Int = 4, after: String, state: State): OrderConnection
  none: [Order!]
  silent: [Order!]
}
type Mutation { rename(number: Int!): Order }
type OrderConnection { nodes: [Order!]! pageInfo: PageInfo! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
type Order {
  "Counted from 1."
  number: Int!
  placedOn: Date!
  placedAt: DateTime
  total: Money!
  weight: Float
  paid: Boolean!
  state: State!
  tags: [String!]!
  customer: Customer
  lines: [Line!]!
  related(first: Int = 10): OrderConnection!
}
type Money { amountMinor: Long! currency: String! }
type Customer { name: String! }
type Line { sku: ID! quantity: Int! }
"#;

/// What the subgraph does.
#[derive(Clone)]
pub(super) struct Shop {
    pub(super) orders: i32,
    /// The page after this order fails.
    pub(super) fails_after: Option<i32>,
    /// An order of a state that the schema does not know of.
    pub(super) bad_date: Option<i32>,
    /// Pages that were asked for.
    pub(super) pages: Arc<AtomicUsize>,
    /// The text of each request.
    pub(super) queries: Arc<Mutex<Vec<String>>>,
}

impl Default for Shop {
    fn default() -> Self {
        Self { orders: 10, fails_after: None, bad_date: None, pages: Arc::default(), queries: Arc::default() }
    }
}

/// Serves a shop as long as the test lives; its URL.
pub(super) async fn serve(shop: Shop) -> String {
    type Graph = Schema<Query, Mutation, EmptySubscription>;
    async fn answer(
        Shared((schema, queries)): Shared<(Graph, Arc<Mutex<Vec<String>>>)>,
        request: GraphQLRequest,
    ) -> Response {
        let request = request.into_inner();
        queries.lock().unwrap().push(request.query.clone());
        axum::Json(schema.execute(request).await).into_response()
    }
    let queries = shop.queries.clone();
    let schema = Schema::build(Query, Mutation, EmptySubscription).data(shop).finish();
    let router = Router::new().route("/graphql", post(answer)).with_state((schema, queries));
    format!("http://{}/graphql", serve_router(router).await)
}

#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum State {
    Open,
    Paid,
}

#[derive(SimpleObject)]
struct OrderConnection {
    nodes: Vec<Order>,
    page_info: PageInfo,
}

#[derive(SimpleObject)]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(SimpleObject)]
#[graphql(complex)]
struct Order {
    number: i32,
    placed_on: String,
    placed_at: Option<String>,
    total: Money,
    weight: Option<f64>,
    paid: bool,
    state: State,
    tags: Vec<String>,
    customer: Option<Customer>,
    lines: Vec<Line>,
}

#[derive(SimpleObject)]
struct Money {
    amount_minor: i64,
    currency: &'static str,
}

#[derive(SimpleObject)]
struct Customer {
    name: String,
}

#[derive(SimpleObject)]
struct Line {
    sku: String,
    quantity: i32,
}

fn order(number: i32) -> Order {
    let paid = number % 2 == 0;
    Order {
        number,
        placed_on: format!("2026-02-{number:02}"),
        placed_at: (number != 2).then(|| format!("2026-02-{number:02}T10:00:00.25+02:00")),
        total: Money { amount_minor: i64::from(number) * 3_000_000_000, currency: "EUR" },
        weight: (number != 3).then(|| f64::from(number) / 4.0),
        paid,
        state: if paid { State::Paid } else { State::Open },
        tags: (0..number % 3).map(|tag| format!("t{tag}")).collect(),
        customer: (number != 4).then(|| Customer { name: format!("Customer \"{number}\", Ltd.") }),
        lines: (0..number % 3).map(|line| Line { sku: format!("{number}-{line}"), quantity: line }).collect(),
    }
}

#[ComplexObject]
impl Order {
    async fn related(&self, first: i32) -> OrderConnection {
        page((1..self.number).map(order).collect(), first)
    }
}

fn page(mut rest: Vec<Order>, first: i32) -> OrderConnection {
    let first = usize::try_from(first).unwrap();
    let has_next_page = rest.len() > first;
    rest.truncate(first);
    let end_cursor = rest.last().map(|order| order.number.to_string());
    OrderConnection { nodes: rest, page_info: PageInfo { has_next_page, end_cursor } }
}

struct Query;

#[Object]
impl Query {
    async fn orders(
        &self,
        context: &Context<'_>,
        #[graphql(default = 4)] first: i32,
        after: Option<String>,
        state: Option<State>,
    ) -> Result<Option<OrderConnection>> {
        let shop = context.data_unchecked::<Shop>();
        shop.pages.fetch_add(1, Ordering::SeqCst);
        let after = after.map_or(Ok(0), |cursor| cursor.parse::<i32>())?;
        if shop.fails_after == Some(after) {
            return Err(Error::new("the shelf fell down"));
        }
        let wanted = |order: &Order| state.is_none_or(|state| order.state == state);
        let mut rest: Vec<Order> = (after + 1..=shop.orders).map(order).filter(wanted).collect();
        for order in &mut rest {
            if shop.bad_date == Some(order.number) {
                order.placed_on = "tomorrow".to_owned();
            }
        }
        Ok(Some(page(rest, first)))
    }

    async fn none(&self) -> Option<Vec<Order>> {
        None
    }

    /// Never answers.
    async fn silent(&self) -> Option<Vec<Order>> {
        std::future::pending().await
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn rename(&self, number: i32) -> Option<Order> {
        Some(order(number))
    }
}
