//! Events of a subscription: answered in their order, and no faster than the client takes the answers.

use std::sync::{Arc, Mutex};
use std::task::Poll;

use federation::execute::{Answer, Events, SubgraphRequest, Transport, TransportError};
use federation::{Config, Engine, Prepared, Request, Response};
use futures::channel::oneshot;
use futures::future::{BoxFuture, ready};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, poll, stream};

const SUBGRAPHS: [(&str, &str); 2] = [
    (
        "sales",
        r#"type Query { ok: Boolean } type Subscription { sold: Item } type Item @key(fields: "id") { id: ID! }"#,
    ),
    ("stock", r#"type Item @key(fields: "id") { id: ID! left: Int }"#),
];

const EVENTS: usize = 6;

/// Events that are all there at once, each completed by a request that is answered when told to.
#[derive(Default)]
struct Sales {
    /// The representations asked about.
    waiting: Mutex<Vec<(String, oneshot::Sender<i32>)>>,
    /// How many events were taken.
    taken: Arc<Mutex<usize>>,
}

impl Sales {
    fn waiting(&self) -> Vec<String> {
        self.waiting.lock().expect("no panic").iter().map(|(id, _)| id.clone()).collect()
    }

    fn answer(&self, id: &str, left: i32) {
        let mut waiting = self.waiting.lock().expect("no panic");
        let index = waiting.iter().position(|(known, _)| known == id).expect("a request waits");
        waiting.remove(index).1.send(left).expect("somebody waits for the answer");
    }

    fn taken(&self) -> usize {
        *self.taken.lock().expect("no panic")
    }
}

impl Transport for Sales {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        let body: serde_json::Value = serde_json::from_slice(&request.body()).expect("bodies are JSON");
        let id = body["variables"]["representations"][0]["id"].as_str().expect("a key").to_owned();
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().expect("no panic").push((id, sender));
        let answer = |left| format!(r#"{{"data":{{"_entities":[{{"left":{left}}}]}}}}"#);
        async move { Ok(Answer::Json(answer(receiver.await.expect("an answer")).into())) }.boxed()
    }

    fn subscribe<'a>(&'a self, _: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Events, TransportError>> {
        let taken = self.taken.clone();
        let event = move |number| {
            *taken.lock().expect("no panic") += 1;
            Ok(Answer::Json(format!(r#"{{"data":{{"sold":{{"id":"{number}"}}}}}}"#).into()))
        };
        ready(Ok(stream::iter(1..=EVENTS).map(event).boxed())).boxed()
    }
}

fn prepared() -> (Arc<Sales>, Arc<Engine>, Prepared) {
    let sales = Arc::new(Sales::default());
    let engine: Arc<Engine> =
        Arc::new(super::engine::engine_of(&SUBGRAPHS, sales.clone(), Config::default()));
    let prepared =
        engine.prepare(&Request::new("subscription { sold { id left } }")).expect("a valid request");
    (sales, engine, prepared)
}

fn subscribed() -> (Arc<Sales>, BoxStream<'static, Response>) {
    let (sales, engine, prepared) = prepared();
    let opened = futures::executor::block_on(engine.subscribe(prepared));
    (sales, opened.expect("an open subscription"))
}

/// The next answer, if it is there once everything has gone on as far as it can.
fn next(events: &mut BoxStream<'static, Response>) -> Option<String> {
    let body = |response: Option<Response>| response.expect("the stream goes on").body;
    (0..2 * EVENTS).find_map(|_| match futures::executor::block_on(async { poll!(events.next()) }) {
        Poll::Ready(response) => Some(String::from_utf8_lossy(&body(response)).into_owned()),
        Poll::Pending => None,
    })
}

fn answer(id: i32, left: i32) -> Option<String> {
    Some(format!(r#"{{"data":{{"sold":{{"id":"{id}","left":{left}}}}}}}"#))
}

#[test]
fn three_events_are_in_progress_and_answered_in_order() {
    let (sales, mut events) = subscribed();
    assert_eq!(next(&mut events), None);
    assert_eq!(sales.waiting(), ["1", "2", "3"]);
    sales.answer("3", 30);
    sales.answer("2", 20);
    assert_eq!(next(&mut events), None, "the first comes first");
    assert_eq!(sales.waiting(), ["1"], "an answer that waits for its turn still counts");
    sales.answer("1", 10);
    assert_eq!(next(&mut events), answer(1, 10));
    assert_eq!(next(&mut events), answer(2, 20));
    assert_eq!(next(&mut events), answer(3, 30));
    assert_eq!(next(&mut events), None);
    assert_eq!(sales.waiting(), ["4", "5", "6"]);
}

#[test]
fn a_client_that_does_not_take_answers_holds_events_back() {
    let (sales, mut events) = subscribed();
    assert_eq!(sales.taken(), 0, "nobody has asked for anything yet");
    assert_eq!(next(&mut events), None);
    for id in ["1", "2", "3"] {
        sales.answer(id, 1);
    }
    assert_eq!(sales.taken(), 3, "nothing is read ahead of the client");
    assert_eq!(next(&mut events), answer(1, 1));
    assert!(sales.taken() <= 4, "one answer makes room for one event: {}", sales.taken());
}

#[test]
fn whoever_embeds_the_engine_can_follow_the_work_on_each_event() {
    let (sales, engine, prepared) = prepared();
    let log = Arc::new(Mutex::new(Vec::new()));
    let note = {
        let log = log.clone();
        move |line: &str| log.lock().expect("no panic").push(line.to_owned())
    };
    let around = move |answering: BoxFuture<'static, Response>| {
        note("came");
        let note = note.clone();
        let noting = async move {
            let response = answering.await;
            note(&String::from_utf8_lossy(&response.body));
            response
        };
        noting.boxed()
    };
    let opened = futures::executor::block_on(engine.subscribe_around(prepared, around));
    let mut events = opened.expect("an open subscription");
    assert_eq!(next(&mut events), None);
    sales.answer("2", 20);
    sales.answer("1", 10);
    assert_eq!(next(&mut events), answer(1, 10));
    let [first, second] = [answer(1, 10), answer(2, 20)].map(Option::unwrap_or_default);
    let mut log = log.lock().expect("no panic").clone();
    log.truncate(5);
    log[3..].sort_unstable();
    assert_eq!(log, ["came", "came", "came", &first, &second]);
}
