//! The registry of stored operations on both databases: what is registered, and what counts it up.

use std::process::Command;

use gateway::registry::{Change, Registered, Registration, Registry, RegistryError};
use subgraph::testing::{Backend, TestDatabase};

use crate::harness::program;

fn registration(id: &str, text: &str) -> Registration {
    let (id, text) = (id.to_owned(), text.to_owned());
    Registration { id, owner: "team".to_owned(), description: None, deprecated_on: None, text }
}

fn numbers(operations: &[Registered]) -> Vec<(&str, i32)> {
    operations.iter().map(|operation| (operation.id.as_str(), operation.version)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_follow_each_other_and_every_change_is_counted() {
    for backend in Backend::ALL {
        // The registry keeps to itself in a database that others use, too.
        let database = TestDatabase::new::<networks::Migrator>(backend).await;
        let registry = Registry::open(&database.url).await.unwrap();
        let again = Registry::open(&database.url).await.unwrap();
        assert_eq!(registry.revision().await.unwrap(), 0);
        registry.register(registration("b", "{ b }"), "ann").await.unwrap();
        registry.register(registration("a", "{ a }"), "ann").await.unwrap();
        let (second, change) = again.register(registration("b", "{ b c }"), "bob").await.unwrap();
        assert_eq!((second.version, second.registered_by.as_str()), (2, "bob"));
        assert_eq!(change, Change::Replaced);
        // What is there already is no change.
        assert_eq!(again.register(registration("b", "{ b c }"), "eve").await.unwrap().1, Change::Nothing);
        let (revision, latest) = registry.latest(false).await.unwrap();
        assert_eq!((revision, numbers(&latest)), (3, vec![("a", 1), ("b", 2)]), "{backend:?}");

        registry.retire("b").await.unwrap();
        assert!(matches!(registry.retire("b").await, Err(RegistryError::Unknown(id)) if id == "b"));
        assert!(matches!(registry.versions("c").await, Err(RegistryError::Unknown(id)) if id == "c"));
        let (revision, latest) = again.latest(false).await.unwrap();
        assert_eq!((revision, numbers(&latest)), (4, vec![("a", 1)]), "{backend:?}");
        assert_eq!(numbers(&again.latest(true).await.unwrap().1), [("a", 1), ("b", 2)]);
        let (third, change) = again.register(registration("b", "{ b }"), "ann").await.unwrap();
        assert_eq!((third.version, change), (3, Change::Created));
        assert_eq!(numbers(&registry.versions("b").await.unwrap()), [("b", 3), ("b", 2), ("b", 1)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_the_same_time_all_count() {
    for backend in Backend::ALL {
        let database = TestDatabase::new::<networks::Migrator>(backend).await;
        let registries = futures::future::join_all((0..4).map(|_| Registry::open(&database.url))).await;
        let changes = registries.iter().enumerate().flat_map(|(who, registry)| {
            let registry = registry.as_ref().unwrap();
            (0..5).map(move |change| {
                registry.register(registration("x", &format!("{{ a{who} b{change} }}")), "ann")
            })
        });
        for outcome in futures::future::join_all(changes).await {
            outcome.unwrap();
        }
        let registry = registries[0].as_ref().unwrap();
        assert_eq!(registry.revision().await.unwrap(), 20, "{backend:?}");
        let versions = registry.versions("x").await.unwrap();
        let expected: Vec<_> = (1..=20).rev().map(|version| ("x", version)).collect();
        assert_eq!(numbers(&versions), expected, "{backend:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_registers_lists_shows_and_retires() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("top.graphql");
    std::fs::write(&file, "query Top { networks(first: 1) { nodes { name } } }").unwrap();
    let database = format!("sqlite://{}?mode=rwc", folder.path().join("registry.db").display());
    let run = |arguments: &[&str]| {
        let mut command = Command::new(program("gateway"));
        let output = command.args(["operations", "--database", &database]).args(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let file = file.to_str().unwrap();
    let supergraph = crate::harness::root().join("schema/supergraph.graphql");
    let checked = ["register", file, "--owner", "web", "--supergraph", supergraph.to_str().unwrap()];
    assert_eq!(run(&checked), (Some(0), "top version 1 is registered\n".to_owned(), String::new()));
    assert_eq!(run(&checked).1, "top version 1 is registered already\n");
    assert_eq!(run(&["list"]).1, "top  version 1    web\n");
    assert!(run(&["show", "top"]).1.contains("query Top { networks"));
    std::fs::write(file, "query Top { nothing }").unwrap();
    let (status, _, error) = run(&checked);
    assert!(status == Some(1) && error.contains("top.graphql:1:13: "), "{error}");
    std::fs::write(file, "query Top {").unwrap();
    let (status, _, error) = run(&["register", file, "--owner", "web"]);
    assert!(status == Some(1) && error.contains("top.graphql:1:"), "{error}");
    assert_eq!(run(&["retire", "top"]).1, "top is retired\n");
    assert_eq!(run(&["list"]).1, "");
    let (status, _, error) = run(&["retire", "top"]);
    assert!(status == Some(1) && error.contains("`top` is not registered"), "{error}");
}
