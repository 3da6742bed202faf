//! A running subgraph service: its schema, its database, and who may ask.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, ObjectType, Request, Response, SchemaBuilder, SubscriptionType, Value};
use sea_orm::DatabaseConnection;
use sea_orm_migration::MigratorTrait;
use tracing::Instrument;

use crate::caller::Caller;
use crate::caller::token::{Secret, Subject};
use crate::directory::Grants;
use crate::error::{self, Error, Result};
use crate::sdl;

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
}

type Execute = dyn Fn(Request) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync;

/// The schema of a service without its types: its resolvers are compiled in the service's own crate, once, and
/// not again in every program and test that runs the service.
pub struct ServiceSchema {
    sdl: String,
    execute: Box<Execute>,
}

impl ServiceSchema {
    /// Finishes a schema.
    pub fn new<Q, M, S>(builder: SchemaBuilder<Q, M, S>) -> Self
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        let schema = builder.finish();
        let sdl = sdl::print(&schema);
        let execute: Box<Execute> = Box::new(move |request| {
            let schema = schema.clone();
            Box::pin(async move { schema.execute(request).await })
        });
        Self { sdl, execute }
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
    prepare: fn(Request, &DatabaseConnection, &Arc<Caller>) -> Request,
}

/// The SDL of a service, without running it.
pub fn print_schema<S: Subgraph>() -> String {
    S::schema().sdl
}

impl Service {
    /// A service over a migrated database.
    pub fn new<S: Subgraph>(database: DatabaseConnection, secret: Secret) -> Self {
        let grants = Arc::new(Grants::new(database.clone()));
        let ServiceSchema { sdl, execute } = S::schema();
        let publishes_directory = S::PUBLISHES_DIRECTORY;
        Self {
            name: S::NAME,
            sdl,
            database,
            grants,
            publishes_directory,
            secret,
            execute,
            prepare: S::prepare,
        }
    }

    /// Executes a request on behalf of whoever the internal token speaks for. Without a valid token nothing
    /// is answered but the schema itself.
    pub async fn execute(&self, token: Option<&str>, mut request: Request) -> Response {
        if asks_only_for_schema(&mut request) {
            let sdl = object("sdl", Value::from(self.sdl.clone()));
            return Response::new(object("_service", sdl));
        }
        let subject = token.ok_or_else(missing_token).and_then(|token| self.secret.verify(token));
        match subject {
            Ok(subject) => self.execute_as(subject, request).await,
            Err(error) => refusal(error),
        }
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
                let request =
                    request.data(self.database.clone()).data(self.grants.clone()).data(caller.clone());
                let request = (self.prepare)(request, &self.database, &caller);
                let mut response = (self.execute)(request).await;
                error::complete(&mut response.errors);
                response
            }
            Err(error) => refusal(error),
        }
    }

    /// Checks that a token speaks for another service.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] or [`Error::Forbidden`] when it does not.
    pub fn require_service(&self, token: Option<&str>) -> Result<()> {
        match self.secret.verify(token.ok_or_else(missing_token)?)? {
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

fn refusal(error: Error) -> Response {
    let mut errors = vec![error.into()];
    error::complete(&mut errors);
    Response::from_errors(errors)
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
}
