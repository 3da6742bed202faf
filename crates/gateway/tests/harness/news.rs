//! A subgraph with subscriptions, by WebSocket and by server-sent events, whose events a test makes.

use std::convert::Infallible;
use std::sync::Arc;

use async_graphql::http::ALL_WEBSOCKET_PROTOCOLS;
use async_graphql::{Context, Data, EmptyMutation, ID, Object, Request, Schema, SimpleObject, Subscription};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::extract::{State, WebSocketUpgrade};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures::stream::{self, BoxStream, StreamExt};
use gateway::config::{SubgraphConfig, SubgraphSubscriptions, SubscriptionProtocol, UpstreamConfig};
use http::HeaderMap;
use http::header::ACCEPT;
use tokio::sync::{Semaphore, broadcast};

use super::serve_router;

const NEWS: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
type Subscription { arrivals(limit: Int): Arrival! heard(header: String!): String failing: Arrival! }
type Arrival { product: Product! note: String! }
type Product @key(fields: "id") { id: ID! }
"#;

/// The running subgraph.
pub(crate) struct News {
    url: String,
    arrivals: broadcast::Sender<Arrival>,
    opened: Arc<Semaphore>,
}

impl News {
    pub(crate) async fn open() -> Self {
        let (arrivals, _) = broadcast::channel(1024);
        let opened = Arc::new(Semaphore::new(0));
        let feed = Feed { arrivals: arrivals.clone(), opened: opened.clone() };
        let schema = Schema::build(Nothing, EmptyMutation, feed).finish();
        let router = Router::new().route("/graphql", get(socket).post(answer)).with_state(schema);
        Self { url: format!("http://{}/graphql", serve_router(router).await), arrivals, opened }
    }

    /// Name, schema and URL.
    pub(crate) fn subgraph(&self) -> (&str, &str, &str) {
        ("news", NEWS, &self.url)
    }

    /// Waits until one more subscription is open.
    pub(crate) async fn opened(&self) {
        self.opened.acquire().await.unwrap().forget();
    }

    /// Waits until no subscription is open any more.
    pub(crate) async fn closed(&self) {
        self.arrivals.closed().await;
    }

    /// How many subscriptions are open.
    pub(crate) fn listeners(&self) -> usize {
        self.arrivals.receiver_count()
    }

    /// A product arrives.
    pub(crate) fn arrive(&self, id: &str, note: &str) {
        let product = Product { id: id.into() };
        self.arrivals.send(Arrival { product, note: note.to_owned() }).expect("nobody has subscribed");
    }
}

/// How a gateway reaches the subgraph.
pub(crate) fn news_by(protocol: SubscriptionProtocol) -> UpstreamConfig {
    let subscriptions = SubgraphSubscriptions { protocol, url: None };
    let news = SubgraphConfig { subscriptions, ..SubgraphConfig::default() };
    UpstreamConfig {
        forward_headers: vec!["x-branch".to_owned()],
        subgraphs: [("news".to_owned(), news)].into(),
        ..UpstreamConfig::default()
    }
}

type NewsSchema = Schema<Nothing, EmptyMutation, Feed>;

async fn socket(
    State(schema): State<NewsSchema>,
    protocol: GraphQLProtocol,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.protocols(ALL_WEBSOCKET_PROTOCOLS).on_upgrade(async move |socket| {
        let mut data = Data::default();
        data.insert(headers);
        GraphQLWebSocket::new(socket, schema, protocol).with_data(data).serve().await;
    })
}

async fn answer(
    State(schema): State<NewsSchema>,
    headers: HeaderMap,
    Json(request): Json<Request>,
) -> Response {
    if headers.get(ACCEPT).is_none_or(|accept| accept != "text/event-stream") {
        return Json(schema.execute(request.data(headers)).await).into_response();
    }
    let responses = schema.execute_stream(request.data(headers));
    let next = responses.map(|response| Event::default().event("next").json_data(response).unwrap());
    let complete = stream::once(async { Event::default().event("complete").data("") });
    Sse::new(next.chain(complete).map(Ok::<_, Infallible>)).into_response()
}

struct Nothing;

#[Object(name = "Query")]
impl Nothing {
    async fn nothing(&self) -> bool {
        true
    }
}

#[derive(Clone, Debug, SimpleObject)]
struct Product {
    id: ID,
}

#[derive(Clone, Debug, SimpleObject)]
struct Arrival {
    product: Product,
    note: String,
}

struct Feed {
    arrivals: broadcast::Sender<Arrival>,
    opened: Arc<Semaphore>,
}

#[Subscription(name = "Subscription")]
impl Feed {
    /// What arrives from now on.
    async fn arrivals(&self, limit: Option<usize>) -> BoxStream<'static, Arrival> {
        let receiver = self.arrivals.subscribe();
        self.opened.add_permits(1);
        let arrivals = stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.ok().map(|arrival| (arrival, receiver))
        });
        arrivals.take(limit.unwrap_or(usize::MAX)).boxed()
    }

    /// A header of the request that opened the subscription.
    async fn heard(&self, context: &Context<'_>, header: String) -> BoxStream<'static, Option<String>> {
        let headers = context.data::<HeaderMap>().ok();
        let value = headers.and_then(|headers| headers.get(&header));
        let value = value.map(|value| value.to_str().unwrap().to_owned());
        stream::iter([value]).boxed()
    }

    /// A subscription that cannot be opened.
    async fn failing(&self) -> async_graphql::Result<BoxStream<'static, Arrival>> {
        Err(async_graphql::Error::new("the feed is closed today"))
    }
}
