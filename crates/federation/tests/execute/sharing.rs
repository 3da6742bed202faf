//! Equal queries share one call to a subgraph while it is in flight; nothing else does.

use std::sync::Arc;

use federation::execute::{TransportError, TransportErrorKind};
use federation::{Config, Request};
use futures::channel::oneshot;
use futures::{FutureExt, StreamExt, poll};

use super::held::{Client, Held, Running, Setting, THING, step};

#[test]
fn equal_queries_of_one_caller_share_a_call() {
    let setting = Setting::usual();
    let mut first = setting.ask("ann", "{ thing { id } }", "");
    // Another document, the same request to the subgraph.
    let mut second = setting.ask("ann", "query Other { thing { id } }", "");
    assert_eq!(setting.held.waiting(), ["ann: things"], "the call sees the audience, not the client");
    setting.held.answer(Ok(THING));
    assert_eq!(step(&mut second).as_deref(), Some(THING), "whoever comes first drives the call");
    assert_eq!(step(&mut first).as_deref(), Some(THING));
}

#[test]
fn calls_for_entities_are_shared_as_well() {
    let setting = Setting::usual();
    let mut running = [(); 2].map(|()| setting.ask("ann", "{ thing { name } }", ""));
    setting.held.answer(Ok(THING));
    assert!(running.iter_mut().all(|running| step(running).is_none()));
    assert_eq!(setting.held.waiting(), ["ann: names"]);
    setting.held.answer(Ok(r#"{"data":{"_entities":[{"name":"one"}]}}"#));
    for running in &mut running {
        assert_eq!(step(running).as_deref(), Some(r#"{"data":{"thing":{"name":"one"}}}"#));
    }
}

#[test]
fn callers_never_share() {
    let setting = Setting::usual();
    let mut ann = setting.ask("ann", "{ thing { id } }", "");
    let mut bob = setting.ask("bob", "{ thing { id } }", "");
    assert_eq!(setting.held.waiting(), ["ann: things", "bob: things"]);
    setting.held.answer(Ok(THING));
    assert_eq!(step(&mut bob), None);
    assert_eq!(step(&mut ann).as_deref(), Some(THING));
    setting.held.answer(Ok(r#"{"data":{"thing":null}}"#));
    assert_eq!(step(&mut bob).as_deref(), Some(r#"{"data":{"thing":null}}"#));
}

#[test]
fn other_variables_are_another_call() {
    let setting = Setting::usual();
    let query = "query($id: ID) { thing(id: $id) { id } }";
    let _running = [r#"{"id":"1"}"#, r#"{"id":"2"}"#, "", r#"{"id":"1"}"#]
        .map(|variables| setting.ask("ann", query, variables));
    assert_eq!(setting.held.waiting().len(), 3);
}

#[test]
fn without_an_audience_nothing_is_shared() {
    let setting = Setting::new(Held { silent: true, ..Held::default() }, Config::default());
    let _running = [(); 2].map(|()| setting.ask("ann", "{ thing { id } }", ""));
    assert_eq!(setting.held.waiting(), ["ann noted: things", "ann noted: things"]);
}

#[test]
fn sharing_can_be_turned_off() {
    let config = Config { share_requests: false, ..Config::default() };
    let setting = Setting::new(Held::default(), config);
    let _running = [(); 2].map(|()| setting.ask("ann", "{ thing { id } }", ""));
    assert_eq!(setting.held.waiting(), ["ann: things", "ann: things"]);
}

#[test]
fn when_the_first_leaves_another_drives_the_call_on() {
    let setting = Setting::usual();
    let first = setting.ask("ann", "{ thing { id } }", "");
    let mut second = setting.ask("ann", "{ thing { id } }", "");
    drop(first);
    assert_eq!(setting.held.waiting(), ["ann: things"]);
    setting.held.answer(Ok(THING));
    assert_eq!(step(&mut second).as_deref(), Some(THING));
}

#[test]
fn when_all_leave_the_call_is_dropped() {
    let setting = Setting::usual();
    drop([(); 2].map(|()| setting.ask("ann", "{ thing { id } }", "")));
    let (_, sender) = setting.held.waiting.lock().expect("no panic").remove(0);
    assert!(sender.is_canceled());
    let _running = setting.ask("ann", "{ thing { id } }", "");
    assert_eq!(setting.held.waiting(), ["ann: things"], "the dropped call is not joined");
}

#[test]
fn an_error_reaches_all_who_wait_and_nobody_else() {
    let setting = Setting::usual();
    let mut running = [(); 2].map(|()| setting.ask("ann", "{ thing { id } }", ""));
    setting.held.answer(Err(TransportError {
        kind: TransportErrorKind::Unreachable,
        message: "cannot be reached".to_owned(),
    }));
    for running in &mut running {
        let body = step(running).expect("an answer");
        assert!(body.contains("SUBGRAPH_UNREACHABLE"), "{body}");
    }
    let mut third = setting.ask("ann", "{ thing { id } }", "");
    setting.held.answer(Ok(THING));
    assert_eq!(step(&mut third).as_deref(), Some(THING));
}

#[test]
fn an_answer_is_not_kept() {
    let setting = Setting::usual();
    let mut waiting = setting.ask("ann", "{ thing { id } }", "");
    let mut first = setting.ask("ann", "{ thing { id } }", "");
    setting.held.answer(Ok(THING));
    assert_eq!(step(&mut first).as_deref(), Some(THING));
    // The other one has not even looked at its answer yet.
    let _later = setting.ask("ann", "{ thing { id } }", "");
    assert_eq!(setting.held.waiting(), ["ann: things"]);
    assert_eq!(step(&mut waiting).as_deref(), Some(THING));
}

#[test]
fn mutations_are_never_shared_and_queries_after_them_see_the_change() {
    let setting = Setting::usual();
    let mut before = setting.ask("ann", "{ thing { id } }", "");
    let mut changes = [(); 2].map(|()| setting.ask("ann", "mutation { change }", ""));
    assert_eq!(setting.held.waiting(), ["ann: things"; 3]);
    let (_, change) = setting.held.waiting.lock().expect("no panic").remove(1);
    assert!(change.send(Ok(r#"{"data":{"change":1}}"#)).is_ok());
    assert_eq!(step(&mut changes[0]).as_deref(), Some(r#"{"data":{"change":1}}"#));
    assert_eq!(step(&mut changes[1]), None);
    let mut after = setting.ask("ann", "{ thing { id } }", "");
    assert_eq!(setting.held.waiting().len(), 3, "the query from before the change is not joined");
    setting.held.answer(Ok(r#"{"data":{"thing":null}}"#));
    assert_eq!(step(&mut before).as_deref(), Some(r#"{"data":{"thing":null}}"#));
    assert_eq!(step(&mut after), None);
}

#[test]
fn what_follows_an_event_is_asked_after_it() {
    let setting = Setting::usual();
    let mut before = setting.ask("ann", "{ thing { name } }", "");
    setting.held.answer(Ok(THING));
    assert_eq!(step(&mut before), None);
    assert_eq!(setting.held.waiting(), ["ann: names"]);
    let request = Request {
        context: Arc::new(Client { name: "ann", note: "noted" }),
        ..Request::new("subscription { changed { name } }")
    };
    let prepared = setting.engine.prepare(&request).expect("a valid request");
    let opened = futures::executor::block_on(setting.engine.clone().subscribe(prepared));
    let mut events = opened.expect("an open subscription");
    assert!(futures::executor::block_on(async { poll!(events.next()) }).is_pending());
    assert_eq!(setting.held.waiting(), ["ann: names", "ann: names"]);
}

#[test]
fn at_the_deadline_what_is_there_is_the_answer() {
    let setting = Setting::usual();
    let request = Request {
        context: Arc::new(Client { name: "ann", note: "noted" }),
        ..Request::new("{ thing { id name } }")
    };
    let prepared = setting.engine.prepare(&request).expect("a valid request");
    let (time_is_up, deadline) = oneshot::channel::<()>();
    let engine = setting.engine.clone();
    let mut running: Running = Box::pin(async move { engine.run_until(prepared, deadline.map(drop)).await });
    assert!(step(&mut running).is_none());
    setting.held.answer(Ok(THING));
    assert!(step(&mut running).is_none());
    time_is_up.send(()).expect("the request waits for it");
    assert_eq!(
        step(&mut running).as_deref(),
        Some(
            r#"{"data":{"thing":{"id":"1","name":null}},"errors":[{"message":"subgraph `names` did not answer in time","path":["thing","name"],"extensions":{"code":"SUBGRAPH_TIMEOUT","service":"names"}}]}"#
        )
    );
}
