//! A running subgraph service: its schema, its database, and who may ask.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, ObjectType, Request, Response, Schema, SchemaBuilder, SubscriptionType, Value};
use futures::future::{BoxFuture, FutureExt, ready};
use futures::stream::{BoxStream, StreamExt, once};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use sea_orm_migration::MigratorTrait;
use tokio::time::timeout;
use tracing::{Instrument, Span};

use crate::caller::Caller;
use crate::caller::token::{Secret, Subject, Verified};
use crate::changes::Feed;
use crate::directory::Grants;
use crate::error::{self, Error, Result};
use crate::sdl;
use crate::subscription::{Equipment, EventByEvent, Lasting, Limits, Places, Subscriber};

/// The longest a database may take to show that it is there.
const READY_PATIENCE: Duration = Duration::from_secs(2);

/// What distinguishes one service from another.
pub trait Subgraph: 'static {
    /// The subgraph's name in the supergraph.
    const NAME: &'static str;
    /// Whether this service owns the directory and serves its feed.
    const PUBLISHES_DIRECTORY: bool = false;
    /// The service's tables; its first migration is [`crate::directory::Migration`].
    type Migrator: MigratorTrait;

    /// The schema.
    fn schema() -> ServiceSchema;

    /// Adds what lives for one request, such as data loaders scoped to the caller. Caller, database and grants
    /// are added already.
    fn prepare(request: Request, database: &DatabaseConnection, caller: &Arc<Caller>) -> Request;

    /// What the service does by itself as long as a process of it runs; by default nothing.
    fn upkeep(_database: DatabaseConnection, _feed: Arc<Feed>) -> BoxFuture<'static, ()> {
        ready(()).boxed()
    }
}

type Execute = dyn Fn(Request) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync;
type Subscribe = dyn Fn(Request) -> BoxStream<'static, Response> + Send + Sync;

/// The schema of a service without its types: its resolvers are compiled in the service's own crate, once, and
/// not again in every program and test that runs the service.
pub struct ServiceSchema {
    sdl: String,
    execute: Box<Execute>,
    subscribe: Box<Subscribe>,
}

impl ServiceSchema {
    /// Finishes a schema. It is built a second time for the first subscription: what subscriptions take, queries
    /// need not pay for.
    pub fn new<Q, M, S>(build: impl Fn() -> SchemaBuilder<Q, M, S> + Send + Sync + 'static) -> Self
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        let schema = build().finish();
        let sdl = sdl::print(&schema);
        let execute: Box<Execute> = Box::new(move |request| {
            let schema = schema.clone();
            Box::pin(async move { schema.execute(request).await })
        });
        let live = OnceLock::<Schema<Q, M, S>>::new();
        let subscribe: Box<Subscribe> = Box::new(move |request| {
            live.get_or_init(|| build().extension(EventByEvent).finish()).execute_stream(request)
        });
        Self { sdl, execute, subscribe }
    }
}

/// A service that answers requests.
pub struct Service {
    /// The subgraph's name in the supergraph.
    pub name: &'static str,
    /// The schema it prints.
    pub sdl: String,
    /// Its database.
    pub database: DatabaseConnection,
    /// The grants it knows.
    pub grants: Arc<Grants>,
    /// Whether it serves the directory's feed.
    pub publishes_directory: bool,
    secret: Secret,
    execute: Box<Execute>,
    subscribe: Arc<Subscribe>,
    equipment: Equipment,
    places: Places,
    upkeep: fn(DatabaseConnection, Arc<Feed>) -> BoxFuture<'static, ()>,
    /// How long it may take to send a message to a subscriber.
    pub(crate) send_timeout: Duration,
}

/// The SDL of a service, without running it.
pub fn print_schema<S: Subgraph>() -> String {
    S::schema().sdl
}

impl Service {
    /// A service over a migrated database.
    pub fn new<S: Subgraph>(database: DatabaseConnection, secret: Secret) -> Self {
        Self::with_limits::<S>(database, secret, Limits::default())
    }

    /// The same with other limits to subscriptions.
    pub fn with_limits<S: Subgraph>(database: DatabaseConnection, secret: Secret, limits: Limits) -> Self {
        let grants = Arc::new(Grants::new(database.clone()));
        let feed = Arc::new(Feed::new(database.clone(), limits));
        let ServiceSchema { sdl, execute, subscribe } = S::schema();
        let equipment =
            Equipment { database: database.clone(), grants: grants.clone(), feed, prepare: S::prepare };
        Self {
            name: S::NAME,
            sdl,
            database,
            grants,
            publishes_directory: S::PUBLISHES_DIRECTORY,
            secret,
            execute,
            subscribe: subscribe.into(),
            equipment,
            places: Places::new(limits),
            upkeep: S::upkeep,
            send_timeout: limits.send_timeout,
        }
    }

    /// What it does by itself, to be run beside what is asked of it.
    pub fn upkeep(&self) -> BoxFuture<'static, ()> {
        (self.upkeep)(self.database.clone(), self.equipment.feed.clone())
    }

    /// Whether its database answers. Why not is logged.
    pub async fn is_ready(&self) -> bool {
        // Every service has this table. A question that touches none would not notice a file that cannot be read.
        let read = self.database.execute_unprepared("SELECT 1 FROM seaql_migrations LIMIT 1");
        let outcome = match timeout(READY_PATIENCE, read).await {
            Ok(outcome) => outcome.map(drop).map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer within {} s", READY_PATIENCE.as_secs())),
        };
        if let Err(error) = &outcome {
            tracing::warn!(service = self.name, %error, "the database does not answer");
        }
        outcome.is_ok()
    }

    /// Executes a request on behalf of whoever the internal token speaks for. Without a valid token nothing
    /// is answered but the schema itself.
    pub async fn execute(&self, token: Option<&str>, mut request: Request) -> Response {
        if asks_only_for_schema(&mut request) {
            let sdl = object("sdl", Value::from(self.sdl.clone()));
            return Response::new(object("_service", sdl));
        }
        match self.verified(token) {
            Ok(verified) => self.execute_as(verified.subject, request).await,
            Err(error) => refusal(error),
        }
    }

    fn verified(&self, token: Option<&str>) -> Result<Verified> {
        self.secret.verify(token.ok_or_else(missing_token)?)
    }

    /// Executes a request on behalf of a caller whom the gateway in this process has identified.
    pub async fn execute_as(&self, subject: Subject, request: Request) -> Response {
        if !traces::is_on() {
            return self.answer(subject, request).await;
        }
        let span = tracing::info_span!(
            "execute",
            otel.name = %format_args!("execute {}", self.name),
            subgraph.name = self.name,
            graphql.operation.name = request.operation_name.as_deref(),
        );
        let response = self.answer(subject, request).instrument(span.clone()).await;
        if let Some(error) = response.errors.first() {
            traces::fail(&span, error::code(error).to_owned());
        }
        response
    }

    async fn answer(&self, subject: Subject, request: Request) -> Response {
        match self.grants.caller(subject).await {
            Ok(caller) => {
                let mut response = (self.execute)(self.equipment.add(request, &caller)).await;
                error::complete(&mut response.errors);
                response
            }
            Err(error) => refusal(error),
        }
    }

    /// Opens a subscription on behalf of whoever the internal token speaks for: a response per event. A refusal is
    /// the only one.
    ///
    /// It ends with [`Error::Expired`] when the token says so; what the caller may see is looked up for each event.
    pub fn subscribe(&self, token: Option<&str>, request: Request) -> BoxStream<'static, Response> {
        match self.verified(token) {
            Ok(verified) => {
                let left = verified.left();
                self.follow(verified.subject, Some(left), request)
            }
            Err(error) => once(async { refusal(error) }).boxed(),
        }
    }

    /// Opens a subscription on behalf of a caller whom the gateway in this process has identified, and for as long as
    /// the gateway reads: it knows how long the caller's token lasts.
    pub fn subscribe_as(&self, subject: Subject, request: Request) -> BoxStream<'static, Response> {
        self.follow(subject, None, request)
    }

    fn follow(
        &self,
        subject: Subject,
        left: Option<Duration>,
        request: Request,
    ) -> BoxStream<'static, Response> {
        let place = match self.places.take(subject.clone()) {
            Ok(place) => place,
            Err(error) => return once(async { refusal(error) }).boxed(),
        };
        let span = self.subscription_span(&request);
        let subscriber = Subscriber::new(subject, self.equipment.clone());
        let subscribe = self.subscribe.clone();
        let opened = once(async move {
            match subscriber.equip(request).await {
                Ok(request) => subscribe(request),
                Err(error) => once(async { failed(error) }).boxed(),
            }
        });
        Lasting::new(opened.flatten().boxed(), left, place, span).boxed()
    }

    /// The span of a subscription, from its opening to its end.
    fn subscription_span(&self, request: &Request) -> Span {
        if !traces::is_on() {
            return Span::none();
        }
        tracing::info_span!(
            "subscription",
            otel.name = %format_args!("subscribe {}", self.name),
            subgraph.name = self.name,
            graphql.operation.name = request.operation_name.as_deref(),
            graphql.operation.type = "subscription",
        )
    }

    /// Checks that a token speaks for another service.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] or [`Error::Forbidden`] when it does not.
    pub fn require_service(&self, token: Option<&str>) -> Result<()> {
        match self.verified(token)?.subject {
            Subject::Service(_) => Ok(()),
            Subject::Person(..) => {
                Err(Error::Forbidden("the directory's feed is for services only".to_owned()))
            }
        }
    }
}

fn missing_token() -> Error {
    Error::Unauthenticated("it is missing".to_owned())
}

/// A refusal as it leaves the service.
pub(crate) fn refusal(error: Error) -> Response {
    let mut response = failed(error);
    error::complete(&mut response.errors);
    response
}

/// A refusal on its way out, where it is completed.
pub(crate) fn failed(error: Error) -> Response {
    Response::from_errors(vec![error.into()])
}

fn object(key: &str, value: Value) -> Value {
    let mut map = IndexMap::new();
    map.insert(Name::new(key), value);
    Value::Object(map)
}

/// Whether the document is the federation specification's `{ _service { sdl } }`.
fn asks_only_for_schema(request: &mut Request) -> bool {
    if !request.query.contains("_service") {
        return false;
    }
    let text: String = request.query.split_whitespace().collect();
    text.find('{').is_some_and(|brace| &text[brace..] == "{_service{sdl}}")
}

/// Typed access to what [`Service`] puts into every request.
pub trait RequestContext<'a> {
    /// Who asks.
    ///
    /// # Errors
    /// When the schema is run outside a [`Service`].
    fn caller(&self) -> Result<&'a Caller>;

    /// The service's database.
    ///
    /// # Errors
    /// When the schema is run outside a [`Service`].
    fn database(&self) -> Result<&'a DatabaseConnection>;

    /// The grants that the service knows, to be forgotten after a change of the directory.
    ///
    /// # Errors
    /// When the schema is run outside a [`Service`].
    fn grants(&self) -> Result<&'a Grants>;

    /// What happens in the service, to be told of changes and to follow them.
    ///
    /// # Errors
    /// When the schema is run outside a [`Service`].
    fn feed(&self) -> Result<&'a Arc<Feed>>;

    /// Who subscribed.
    ///
    /// # Errors
    /// When this is no subscription.
    fn subscriber(&self) -> Result<&'a Subscriber>;
}

impl<'a> RequestContext<'a> for async_graphql::Context<'a> {
    fn caller(&self) -> Result<&'a Caller> {
        self.data::<Arc<Caller>>().map(AsRef::as_ref).map_err(|error| Error::internal(error.message))
    }

    fn database(&self) -> Result<&'a DatabaseConnection> {
        self.data::<DatabaseConnection>().map_err(|error| Error::internal(error.message))
    }

    fn grants(&self) -> Result<&'a Grants> {
        self.data::<Arc<Grants>>().map(AsRef::as_ref).map_err(|error| Error::internal(error.message))
    }

    fn feed(&self) -> Result<&'a Arc<Feed>> {
        self.data::<Arc<Feed>>().map_err(|error| Error::internal(error.message))
    }

    fn subscriber(&self) -> Result<&'a Subscriber> {
        self.data::<Subscriber>().map_err(|error| Error::internal(error.message))
    }
}
