//! The requests an operation leads to, with their answers: what the servers of a workload answer from.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use bytes::Bytes;
use federation::compose::{SubgraphSdl, compose};
use federation::execute::{Answer, SubgraphRequest, Transport, TransportError, TransportErrorKind};
use federation::{Config, Engine, Request};
use futures::future::{BoxFuture, ready};

use crate::Failure;
use crate::world::World;

const LINK: &str = r#"extend schema
  @link(
    url: "https://specs.apollo.dev/federation/v2.5",
    import: ["@key", "@external", "@requires", "@composeDirective"]
  )
  @link(url: "https://specs.example/cacheControl/v0.1", import: ["@cacheControl"])
  @composeDirective(name: "@cacheControl")
"#;

/// How long answers may be kept.
const HINTS: &str = "
directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean)
  on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
enum CacheControlScope { PUBLIC PRIVATE }
";

/// What the composed schema leaves out: definitions that a server has of its own.
const DEFINITIONS: &str = "
directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT
directive @external on FIELD_DEFINITION
directive @requires(fields: String!) on FIELD_DEFINITION
scalar _Any
";

/// A service: its name and schema.
pub(crate) type Service = (&'static str, &'static str);

/// The bodies of requests to one service, with the answers.
pub(crate) type Answers = HashMap<Bytes, Bytes>;

/// An operation over services, played through once.
pub(crate) struct Recording {
    pub(crate) supergraph: String,
    /// Beside the services.
    pub(crate) answers: Vec<Answers>,
    /// What the gateway has to answer, byte for byte.
    pub(crate) answer: Bytes,
}

impl Recording {
    /// Plays an operation through; `urls` are those the services will have.
    pub(crate) fn new(
        world: World,
        services: &[Service],
        urls: &[String],
        query: &str,
    ) -> Result<Self, Failure> {
        let sdl = |((name, sdl), url): (&Service, &String)| SubgraphSdl {
            name: (*name).to_owned(),
            url: url.clone(),
            sdl: format!("{LINK}{HINTS}{sdl}"),
        };
        let subgraphs: Vec<_> = services.iter().zip(urls).map(sdl).collect();
        let composition =
            compose(&subgraphs).map_err(|errors| format!("the services do not compose: {errors:?}"))?;
        let schemas = services
            .iter()
            .map(|(name, sdl)| Ok(((*name).to_owned(), executable(sdl)?)))
            .collect::<Result<_, Failure>>()?;
        let played = Arc::new(Played { world, schemas, answers: Mutex::default() });
        let engine = Engine::from_supergraph(&composition.supergraph_sdl, played.clone(), Config::default())?;
        let request = Request::new(query);
        let response = futures::executor::block_on(engine.execute(request));
        if response.errors > 0 {
            return Err(String::from_utf8_lossy(&response.body).into_owned().into());
        }
        let alone = played.world.answer(engine.graph().api_schema(), query, &serde_json::json!({}))?;
        if alone != response.body {
            return Err("the answer is not the one a single server gives".into());
        }
        let mut all = played.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = services.iter().map(|(name, _)| all.remove(*name).unwrap_or_default()).collect();
        Ok(Self { supergraph: composition.supergraph_sdl, answers, answer: response.body })
    }

    /// How many requests one answer takes.
    pub(crate) fn requests(&self) -> usize {
        self.answers.iter().map(HashMap::len).sum()
    }
}

fn executable(sdl: &str) -> Result<Valid<Schema>, Failure> {
    let mut text = format!("{DEFINITIONS}{HINTS}{sdl}");
    let keyed = sdl.lines().filter(|line| line.contains("@key(") && !line.contains("resolvable: false"));
    let entities: Vec<&str> =
        keyed.filter_map(|line| line.strip_prefix("type ")?.split_whitespace().next()).collect();
    if !entities.is_empty() {
        let query = if sdl.contains("type Query") { "extend type Query" } else { "type Query" };
        text.push_str(&format!(
            "union _Entity = {}\n{query} {{ _entities(representations: [_Any!]!): [_Entity]! }}",
            entities.join(" | ")
        ));
    }
    Ok(Schema::parse_and_validate(text, "service.graphql").map_err(|invalid| invalid.errors.to_string())?)
}

/// Services that answer from the world and remember what they answered.
struct Played {
    world: World,
    schemas: HashMap<String, Valid<Schema>>,
    answers: Mutex<HashMap<String, Answers>>,
}

impl Transport for Played {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        Box::pin(ready(self.answer(&request).map_err(|error| TransportError {
            kind: TransportErrorKind::Refused,
            message: error.to_string(),
        })))
    }
}

impl Played {
    fn answer(&self, request: &SubgraphRequest<'_>) -> Result<Answer, Failure> {
        let schema = self.schemas.get(request.subgraph).ok_or("there is no such service")?;
        let variables = serde_json::to_value(request.variables)?;
        let answer = Bytes::from(self.world.answer(schema, &request.operation.text, &variables)?);
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.entry(request.subgraph.to_owned()).or_default().insert(request.body(), answer.clone());
        Ok(Answer::Json(answer))
    }
}
