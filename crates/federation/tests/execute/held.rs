//! Subgraphs that answer when told to, to see what is asked in the meantime.

use std::any::Any;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use bytes::Bytes;
use federation::compose::{SubgraphSdl, compose};
use federation::execute::{Answer, Audience, Events, SubgraphRequest, Transport, TransportError};
use federation::{Config, Engine, Request, Response};
use futures::channel::oneshot;
use futures::future::{BoxFuture, ready};
use futures::{FutureExt, StreamExt, poll, stream};

const LINK: &str =
    r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"]) "#;
const SUBGRAPHS: [(&str, &str); 2] = [
    (
        "things",
        r#"type Query { thing(id: ID = "1"): Thing } type Mutation { change: Int } type Subscription { changed: Thing }
           type Thing @key(fields: "id") { id: ID! }"#,
    ),
    ("names", r#"type Thing @key(fields: "id") { id: ID! name: String }"#),
];
pub(super) const THING: &str = r#"{"data":{"thing":{"id":"1"}}}"#;

pub(super) type Reply = Result<&'static str, TransportError>;

/// Somebody whom requests are answered for; the note is not part of who they are.
pub(super) struct Client {
    pub(super) name: &'static str,
    pub(super) note: &'static str,
}

/// The audience: who asks. What is not in it cannot be seen by a call.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Name(&'static str);

/// Subgraphs that answer when told to.
#[derive(Default)]
pub(super) struct Held {
    pub(super) waiting: Mutex<Vec<(String, oneshot::Sender<Reply>)>>,
    /// Says nothing of audiences.
    pub(super) silent: bool,
}

impl Held {
    /// What waits for an answer: who asks which subgraph.
    pub(super) fn waiting(&self) -> Vec<String> {
        self.waiting.lock().expect("no panic").iter().map(|(name, _)| name.clone()).collect()
    }

    /// Answers the request that came first.
    pub(super) fn answer(&self, reply: Reply) {
        let (_, sender) = self.waiting.lock().expect("no panic").remove(0);
        assert!(sender.send(reply).is_ok(), "somebody waits for the answer");
    }
}

impl Transport for Held {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        let context = request.context;
        let name = match (context.downcast_ref::<Name>(), context.downcast_ref::<Client>()) {
            (Some(name), None) => name.0.to_owned(),
            (None, Some(client)) => format!("{} {}", client.name, client.note),
            _ => panic!("an unknown context"),
        };
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().expect("no panic").push((format!("{name}: {}", request.subgraph), sender));
        let note = Arc::new(request.subgraph.to_owned());
        let noted = |body: &'static str| Answer::Noted(Box::new(Answer::Json(body.into())), note);
        async { receiver.await.expect("an answer").map(noted) }.boxed()
    }

    fn audience(&self, _: &str, context: &(dyn Any + Send + Sync)) -> Option<Audience> {
        let client = context.downcast_ref::<Client>().expect("the client's own context");
        (!self.silent).then(|| Audience::new(Arc::new(Name(client.name))))
    }

    fn subscribe<'a>(&'a self, _: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Events, TransportError>> {
        let event = Answer::Json(r#"{"data":{"changed":{"id":"1"}}}"#.into());
        ready(Ok(stream::iter([Ok(event)]).chain(stream::pending()).boxed())).boxed()
    }
}

pub(super) struct Setting {
    pub(super) held: Arc<Held>,
    pub(super) engine: Arc<Engine>,
}

pub(super) type Running = Pin<Box<dyn Future<Output = Response> + Send>>;

impl Setting {
    pub(super) fn new(held: Held, config: Config) -> Self {
        let held = Arc::new(held);
        let subgraph = |(name, sdl): &(&str, &str)| SubgraphSdl {
            name: (*name).to_owned(),
            url: String::new(),
            sdl: format!("{LINK}{sdl}"),
        };
        let composition =
            compose(&SUBGRAPHS.iter().map(subgraph).collect::<Vec<_>>()).expect("the subgraphs compose");
        let engine = Engine::from_supergraph(&composition.supergraph_sdl, held.clone(), config);
        Self { held, engine: Arc::new(engine.expect("an engine")) }
    }

    pub(super) fn usual() -> Self {
        Self::new(Held::default(), Config::default())
    }

    /// A request of somebody, begun.
    pub(super) fn ask(&self, name: &'static str, query: &str, variables: &str) -> Running {
        let request = Request {
            variables: Bytes::copy_from_slice(variables.as_bytes()),
            context: Arc::new(Client { name, note: "noted" }),
            ..Request::new(query)
        };
        let engine = self.engine.clone();
        let mut running: Running = Box::pin(async move { engine.execute(request).await });
        assert!(step(&mut running).is_none());
        running
    }
}

/// Lets a request go on as far as it can; its answer.
pub(super) fn step(running: &mut Running) -> Option<String> {
    body(running).map(|body| String::from_utf8_lossy(&body).into_owned())
}

/// The same as bytes.
pub(super) fn body(running: &mut Running) -> Option<Bytes> {
    match futures::executor::block_on(async { poll!(running.as_mut()) }) {
        Poll::Ready(response) => Some(response.body),
        Poll::Pending => None,
    }
}
