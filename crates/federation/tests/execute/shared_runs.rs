//! Equal queries share one run until a subgraph answers it; nothing else does.

use std::future::{Future, pending};
use std::sync::Arc;

use bytes::Bytes;
use federation::{Config, Request};
use futures::FutureExt;
use futures::channel::oneshot;

use super::held::{Client, Held, Running, Setting, THING, body, step};

const NAMED: &str = r#"{"data":{"thing":{"name":"one"}}}"#;
const NAME: &str = r#"{"data":{"_entities":[{"name":"one"}]}}"#;

/// A request of somebody that may share a run, begun.
fn ask(setting: &Setting, name: &'static str, query: &str, variables: &str) -> Running {
    ask_until(setting, name, query, variables, pending())
}

fn ask_until(
    setting: &Setting,
    name: &'static str,
    query: &str,
    variables: &str,
    deadline: impl Future<Output = ()> + Send + 'static,
) -> Running {
    let request = Request {
        variables: Bytes::copy_from_slice(variables.as_bytes()),
        context: Arc::new(Client { name, note: "noted" }),
        ..Request::new(query)
    };
    let prepared = setting.engine.prepare(&request).expect("a valid request");
    let mut running: Running = Box::pin(setting.engine.clone().run_shared(prepared, deadline));
    assert!(step(&mut running).is_none());
    running
}

/// The answers of several requests, and whether all are one and the same.
fn finish(running: &mut [Running]) -> (Vec<Bytes>, bool) {
    let bodies: Vec<Bytes> = running.iter_mut().map(|one| body(one).expect("an answer")).collect();
    let same = bodies.iter().all(|body| body.as_ptr() == bodies[0].as_ptr());
    (bodies, same)
}

/// Answers all that waits, which is of one subgraph.
fn answer_all(setting: &Setting, subgraph: &str, answer: &'static str) {
    let waiting = setting.held.waiting();
    assert!(waiting.iter().all(|waiting| waiting.ends_with(subgraph)), "{waiting:?}");
    for _ in waiting {
        setting.held.answer(Ok(answer));
    }
}

#[test]
fn equal_queries_of_one_caller_share_a_run() {
    let setting = Setting::usual();
    let mut running = [(); 3].map(|()| ask(&setting, "ann", "{ thing { name } }", ""));
    assert_eq!(setting.held.waiting(), ["ann: things"]);
    setting.held.answer(Ok(THING));
    // Whoever comes first drives the run.
    assert!(step(&mut running[1]).is_none());
    assert_eq!(setting.held.waiting(), ["ann: names"]);
    setting.held.answer(Ok(NAME));
    let (bodies, same) = finish(&mut running);
    assert!(same);
    assert_eq!(bodies[0], NAMED);
}

#[test]
fn all_who_share_a_run_are_told_what_is_told_beside_its_answers() {
    let setting = Setting::usual();
    let mut running = [(); 2].map(|()| ask(&setting, "ann", "{ thing { name } }", ""));
    setting.held.answer(Ok(THING));
    assert!(step(&mut running[1]).is_none());
    setting.held.answer(Ok(NAME));
    for one in running {
        let response = one.now_or_never().expect("an answer");
        let told: Vec<_> = response.notes.iter().filter_map(|note| note.downcast_ref::<String>()).collect();
        assert_eq!(told, ["things", "names"]);
    }
}

#[test]
fn a_run_that_knows_anything_is_not_joined() {
    let setting = Setting::usual();
    let mut first = ask(&setting, "ann", "{ thing { name } }", "");
    setting.held.answer(Ok(THING));
    assert!(step(&mut first).is_none());
    let mut second = ask(&setting, "ann", "{ thing { name } }", "");
    assert_eq!(setting.held.waiting(), ["ann: names", "ann: things"]);
    setting.held.answer(Ok(NAME));
    assert_eq!(step(&mut first).as_deref(), Some(NAMED));
    setting.held.answer(Ok(r#"{"data":{"thing":null}}"#));
    assert_eq!(step(&mut second).as_deref(), Some(r#"{"data":{"thing":null}}"#));
}

#[test]
fn different_requests_run_alone() {
    let query = "query($id: ID) { thing(id: $id) { name } }";
    let first = ("ann", query, r#"{"id":"1"}"#);
    let others = [
        ("bob", query, r#"{"id":"1"}"#),
        ("ann", query, r#"{"id":"2"}"#),
        ("ann", query, ""),
        ("ann", "query($id: ID) { thing(id: $id) { other: name } }", r#"{"id":"1"}"#),
    ];
    for other in others {
        let setting = Setting::usual();
        let mut running =
            [first, other].map(|(name, query, variables)| ask(&setting, name, query, variables));
        answer_all(&setting, "things", THING);
        assert!(running.iter_mut().all(|one| step(one).is_none()));
        answer_all(&setting, "names", NAME);
        let (_, same) = finish(&mut running);
        assert!(!same, "{other:?}");
    }
}

#[test]
fn nothing_is_shared_without_an_audience_or_when_it_is_turned_off() {
    let silent = Setting::new(Held { silent: true, ..Held::default() }, Config::default());
    let off = Setting::new(Held::default(), Config { share_requests: false, ..Config::default() });
    for setting in [silent, off] {
        let _running = [(); 2].map(|()| ask(&setting, "ann", "{ thing { id } }", ""));
        assert_eq!(setting.held.waiting().len(), 2);
    }
}

#[test]
fn mutations_are_never_shared_and_queries_after_them_join_nothing_from_before() {
    let setting = Setting::usual();
    let mut before = ask(&setting, "ann", "{ thing { id } }", "");
    let mut changes = [(); 2].map(|()| ask(&setting, "ann", "mutation { change }", ""));
    assert_eq!(setting.held.waiting(), ["ann: things"; 3]);
    let (_, change) = setting.held.waiting.lock().expect("no panic").remove(1);
    assert!(change.send(Ok(r#"{"data":{"change":1}}"#)).is_ok());
    assert_eq!(step(&mut changes[0]).as_deref(), Some(r#"{"data":{"change":1}}"#));
    let mut after = ask(&setting, "ann", "{ thing { id } }", "");
    assert_eq!(setting.held.waiting().len(), 3, "the query from before the change is not joined");
    setting.held.answer(Ok(r#"{"data":{"thing":null}}"#));
    assert_eq!(step(&mut before).as_deref(), Some(r#"{"data":{"thing":null}}"#));
    assert_eq!(step(&mut after), None);
}

#[test]
fn when_the_first_leaves_another_drives_the_run_on() {
    let setting = Setting::usual();
    let first = ask(&setting, "ann", "{ thing { name } }", "");
    let mut second = ask(&setting, "ann", "{ thing { name } }", "");
    drop(first);
    setting.held.answer(Ok(THING));
    assert!(step(&mut second).is_none());
    setting.held.answer(Ok(NAME));
    assert_eq!(step(&mut second).as_deref(), Some(NAMED));
}

#[test]
fn when_all_leave_the_run_is_dropped() {
    let setting = Setting::usual();
    drop([(); 2].map(|()| ask(&setting, "ann", "{ thing { id } }", "")));
    let (_, sender) = setting.held.waiting.lock().expect("no panic").remove(0);
    assert!(sender.is_canceled());
    let _running = ask(&setting, "ann", "{ thing { id } }", "");
    assert_eq!(setting.held.waiting(), ["ann: things"], "the dropped run is not joined");
}

#[test]
fn whose_time_is_not_up_goes_on_without_the_one_whose_is() {
    let setting = Setting::usual();
    let (time_is_up, deadline) = oneshot::channel::<()>();
    let mut first = ask_until(&setting, "ann", "{ thing { id } }", "", deadline.map(drop));
    let mut second = ask(&setting, "ann", "{ thing { id } }", "");
    assert_eq!(setting.held.waiting(), ["ann: things"]);
    time_is_up.send(()).expect("the request waits for it");
    assert!(step(&mut first).expect("an answer").contains("SUBGRAPH_TIMEOUT"));
    assert!(step(&mut second).is_none());
    let waiting = setting.held.waiting.lock().expect("no panic").pop();
    assert!(waiting.expect("a new call").1.send(Ok(THING)).is_ok());
    assert_eq!(step(&mut second).as_deref(), Some(THING));
}

#[test]
fn whose_time_is_up_does_not_wait_for_the_one_whose_is_not() {
    let setting = Setting::usual();
    let mut first = ask(&setting, "ann", "{ thing { id } }", "");
    let (time_is_up, deadline) = oneshot::channel::<()>();
    let mut second = ask_until(&setting, "ann", "{ thing { id } }", "", deadline.map(drop));
    time_is_up.send(()).expect("the request waits for it");
    assert!(step(&mut second).expect("an answer").contains("SUBGRAPH_TIMEOUT"));
    setting.held.answer(Ok(THING));
    assert_eq!(step(&mut first).as_deref(), Some(THING));
}
