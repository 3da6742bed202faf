//! The chain over the audit trail: what is changed, removed or slipped in is found.

use std::collections::HashMap;

use compliance::Migrator;
use compliance::trail::{Anchor, Broken, Verdict, verify};
use futures::future::join_all;
use sea_orm::{ConnectionTrait, DatabaseConnection, FromQueryResult, Statement};
use sea_orm_migration::MigratorTrait;
use serde_json::json;
use subgraph::caller::Role;
use subgraph::database::begin;
use subgraph::testing::Backend;
use uuid::Uuid;

use crate::world::{Tree, World};

const CREATE: &str = "mutation($unit: ID!, $name: String!) { createRequirement(input: {
    unitId: $unit, jurisdiction: UK, type: TAX, name: $name }) { requirement { id } userErrors { message } } }";

/// A network in whose trail there are four entries.
async fn four_entries(world: &World, code: &str) -> Tree {
    let tree = world.plant(code, 1, 1, 1).await;
    let person = world.person(Role::ComplianceOfficer, tree.network()).await;
    let data =
        world.data(person, CREATE, json!({ "unit": tree.units[3].id, "name": "VAT \"return\"" })).await;
    let id = &data["createRequirement"]["requirement"]["id"];
    for call in [
        "updateRequirement(id: $id, version: 1, input: { name: \"VAT\",
            penalties: [{ description: \"fine\", amount: { amountMinor: 10000, currency: \"GBP\" } }] })",
        "addComplianceDocument(input: { requirementId: $id, name: \"VAT\", url: \"https://a.example\" })",
        "recordReview(input: { requirementId: $id, outcome: COMPLIANT, reviewedOn: \"2024-06-15\" })",
    ] {
        let document = format!("mutation($id: ID!) {{ done: {call} {{ userErrors {{ field message }} }} }}");
        let data = world.data(person, &document, json!({ "id": id })).await;
        assert_eq!(data["done"]["userErrors"], json!([]), "{call}");
    }
    tree
}

async fn verdicts(world: &World) -> HashMap<Uuid, Verdict> {
    let verdicts = verify(&world.database.connection, &HashMap::new()).await.unwrap();
    verdicts.into_iter().map(|verdict| (verdict.network, verdict)).collect()
}

/// The entries of a network by their places in the chain.
async fn entries(connection: &DatabaseConnection, network: Uuid) -> Vec<Uuid> {
    #[derive(FromQueryResult)]
    struct Row {
        entry_id: Uuid,
        network_id: Uuid,
    }
    let text = "SELECT entry_id, network_id FROM audit_links ORDER BY position";
    let statement = Statement::from_string(connection.get_database_backend(), text);
    let rows = Row::find_by_statement(statement).all(connection).await.unwrap();
    rows.into_iter().filter(|row| row.network_id == network).map(|row| row.entry_id).collect()
}

/// Takes away what keeps rows from being changed, as somebody who owns the database can.
async fn unprotect(backend: Backend, connection: &DatabaseConnection) {
    for table in ["audit_entries", "audit_links"] {
        let statements = match backend {
            Backend::Sqlite => {
                vec![format!("DROP TRIGGER {table}_no_update"), format!("DROP TRIGGER {table}_no_delete")]
            }
            Backend::Postgres => vec![format!("DROP TRIGGER {table}_append_only ON {table}")],
        };
        for statement in statements {
            connection.execute_unprepared(&statement).await.unwrap();
        }
    }
}

/// An id as the text of a statement has it.
fn literal(backend: Backend, id: Uuid) -> String {
    match backend {
        Backend::Sqlite => format!("x'{}'", id.simple()),
        Backend::Postgres => format!("'{id}'"),
    }
}

#[tokio::test]
async fn whatever_is_done_is_a_link_of_the_chain_of_its_network() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let (ours, theirs) = (four_entries(&world, "a").await, four_entries(&world, "b").await);
        let verdicts = verdicts(&world).await;
        assert_eq!(verdicts.len(), 2, "{backend:?}");
        for tree in [&ours, &theirs] {
            let Verdict { head, broken, .. } = &verdicts[&tree.network().id];
            assert_eq!((head.position, broken), (4, &None), "{backend:?}");
            assert_eq!(head.hash.len(), 64, "{backend:?}");
        }
        assert_ne!(verdicts[&ours.network().id].head, verdicts[&theirs.network().id].head, "{backend:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_at_the_same_time_make_one_chain() {
    const CHANGES: usize = 12;
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 1, 1, 1).await;
        let person = world.person(Role::ComplianceOfficer, tree.network()).await;
        let changes = (0..CHANGES).map(|number| {
            let variables = json!({ "unit": tree.units[number % 4].id, "name": number.to_string() });
            world.data(person, CREATE, variables)
        });
        for data in join_all(changes).await {
            assert_eq!(data["createRequirement"]["userErrors"], json!([]), "{backend:?}");
        }
        let Verdict { head, broken, .. } = &verdicts(&world).await[&tree.network().id];
        assert_eq!((head.position, broken), (12, &None), "{backend:?}");
    }
}

#[tokio::test]
async fn the_first_place_at_which_the_trail_is_not_what_was_recorded_is_found() {
    for backend in Backend::ALL {
        for case in 0..10 {
            let world = World::new(backend).await;
            let (ours, theirs) = (four_entries(&world, "a").await, four_entries(&world, "b").await);
            let (network, other) = (ours.network().id, theirs.network().id);
            let connection = &world.database.connection;
            let entries = entries(connection, network).await;
            let (id, own) = (literal(backend, entries[1]), literal(backend, network));
            let (position, entry) = (2, entries[1]);
            let (statement, expected) = match case {
                0 => (
                    format!(
                        "UPDATE audit_entries SET actor_id = {} WHERE id = {id}",
                        literal(backend, other)
                    ),
                    Broken::Changed { position, entry },
                ),
                1 => (
                    format!("UPDATE audit_entries SET after = '{{\"name\": \"x\"}}' WHERE id = {id}"),
                    Broken::Changed { position, entry },
                ),
                2 => (
                    format!("UPDATE audit_entries SET before = NULL WHERE id = {id}"),
                    Broken::Changed { position, entry },
                ),
                3 => (
                    format!("UPDATE audit_links SET hash = 'x' WHERE entry_id = {id}"),
                    Broken::Changed { position, entry },
                ),
                4 => (
                    format!("DELETE FROM audit_entries WHERE id = {id}"),
                    Broken::Removed { position, entry },
                ),
                5 => (format!("DELETE FROM audit_links WHERE entry_id = {id}"), Broken::NoLink { position }),
                // Cut off at the end, the entry as well.
                6 => (
                    format!("DELETE FROM audit_links WHERE network_id = {own} AND position = 4"),
                    Broken::NoLink { position: 4 },
                ),
                7 => (
                    format!("UPDATE audit_heads SET hash = 'x' WHERE network_id = {own}"),
                    Broken::OtherHead { position: 4 },
                ),
                // What cannot be read as an entry.
                8 => (
                    format!("UPDATE audit_entries SET action = 'x' WHERE id = {id}"),
                    Broken::Changed { position, entry },
                ),
                _ => {
                    let slipped_in = Uuid::now_v7();
                    let columns = "network_id, unit_id, requirement_id, actor_id, action, record, record_id, before, after, at";
                    let text = format!(
                        "INSERT INTO audit_entries (id, {columns}) SELECT {}, {columns} FROM audit_entries WHERE id = {id}",
                        literal(backend, slipped_in)
                    );
                    (text, Broken::SlippedIn { entry: slipped_in })
                }
            };
            unprotect(backend, connection).await;
            connection.execute_unprepared(&statement).await.unwrap();
            let verdicts = verdicts(&world).await;
            assert_eq!(verdicts[&network].broken, Some(expected), "{backend:?}: {statement}");
            assert_eq!(verdicts[&other].broken, None, "{backend:?}: {statement}");
        }
    }
}

#[tokio::test]
async fn links_are_not_changed_or_removed_by_accident() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        four_entries(&world, "a").await;
        for statement in ["UPDATE audit_links SET hash = 'x'", "DELETE FROM audit_links"] {
            let refused = world.database.connection.execute_unprepared(statement).await.unwrap_err();
            assert!(refused.to_string().contains("audit_links is append-only"), "{backend:?}: {refused}");
        }
    }
}

#[tokio::test]
async fn entries_from_before_the_chain_become_links_and_a_noted_head_finds_a_chain_made_anew() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = four_entries(&world, "a").await;
        let network = tree.network().id;
        let connection = &world.database.connection;
        let before = verdicts(&world).await[&network].clone();
        let anew = async || {
            // As when the service starts: in one transaction.
            let transaction = begin(connection).await.unwrap();
            Migrator::down(&transaction, Some(4)).await.unwrap();
            Migrator::up(&transaction, None).await.unwrap();
            transaction.commit().await.unwrap();
        };
        anew().await;
        assert_eq!(verdicts(&world).await[&network], before, "{backend:?}");

        let noted = HashMap::from([(network, before.head.clone())]);
        assert_eq!(verify(connection, &noted).await.unwrap(), std::slice::from_ref(&before), "{backend:?}");
        let entry = entries(connection, network).await[2];
        unprotect(backend, connection).await;
        let statement = "UPDATE audit_entries SET at = '2024-01-01 00:00:00+00:00' WHERE id = ";
        let statement = format!("{statement}{}", literal(backend, entry));
        connection.execute_unprepared(&statement).await.unwrap();
        anew().await;
        assert_eq!(verdicts(&world).await[&network].broken, None, "{backend:?}: by itself it holds");
        let verdict = verify(connection, &noted).await.unwrap().remove(0);
        assert_eq!(verdict.broken, Some(Broken::NotAsNoted { position: 4 }), "{backend:?}");
        let longer = HashMap::from([(network, Anchor { position: 5, ..before.head })]);
        let verdict = verify(connection, &longer).await.unwrap().remove(0);
        assert_eq!(verdict.broken, Some(Broken::NotAsNoted { position: 5 }), "{backend:?}: cut off");
    }
}
