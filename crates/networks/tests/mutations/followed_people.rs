//! Changes of memberships and of people as those who follow them are told.

use async_graphql::{Request, Variables};
use futures::stream::{BoxStream, StreamExt};
use networks::bulk::{self, Rows};
use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::caller::token::Subject;
use subgraph::testing::Backend;
use uuid::Uuid;

use super::{CREATE_PERSON, GRANT, REVOKE, UPDATE_PERSON, id_of, planted};
use crate::fixture::{Fixture, Tree, member, person};

const MEMBERSHIPS: &str = "subscription($within: ID!, $after: Int) { told: membershipChanged(within: $within,
    after: $after) { kind membershipId membership { role validTo person { id } } revision } }";

const PEOPLE: &str = "subscription($within: ID!, $after: Int) { told: personChanged(within: $within,
    after: $after) { kind personId person { name } revision } }";

type Events = BoxStream<'static, Value>;

fn subscribe(fixture: &Fixture, person: Uuid, document: &str, variables: Value) -> Events {
    let request = Request::new(document).variables(Variables::from_json(variables));
    let responses = fixture.service.subscribe_as(Subject::Person(person, None), request);
    responses.map(|response| serde_json::to_value(response).unwrap()).boxed()
}

/// The revision of the newest change in a network.
async fn revision(fixture: &Fixture, tree: &Tree) -> i64 {
    let query = "query($within: ID!) { unitRevision(within: $within) }";
    let data = fixture.data(tree.owner, query, json!({ "within": tree.network })).await;
    data["unitRevision"].as_i64().unwrap()
}

/// What a person is told of a unit from here on.
async fn following(fixture: &Fixture, tree: &Tree, person: Uuid, document: &str, within: Uuid) -> Events {
    let after = revision(fixture, tree).await;
    subscribe(fixture, person, document, json!({ "within": within, "after": after }))
}

/// The next event, which has no errors, without its revision.
async fn next(events: &mut Events) -> Value {
    let mut event = events.next().await.unwrap();
    assert!(event.get("errors").is_none(), "{event:#}");
    let mut told = event["data"]["told"].take();
    assert!(told.as_object_mut().unwrap().remove("revision").is_some_and(|revision| revision.is_i64()));
    told
}

/// The code of the error with which a subscription ends.
async fn end(events: &mut Events) -> Value {
    let mut event = events.next().await.unwrap();
    assert!(events.next().await.is_none(), "it ends after {event:#}");
    event["errors"][0]["extensions"]["code"].take()
}

async fn granted(fixture: &Fixture, tree: &Tree, person: Uuid, role: &str, unit: Uuid) -> Uuid {
    let input = json!({ "input": { "personId": person, "role": role, "unitId": unit } });
    id_of(&GRANT.done(fixture, tree.owner, input, "id").await)
}

async fn renamed(fixture: &Fixture, tree: &Tree, person: Uuid, version: i32, name: &str) {
    let variables = json!({ "id": person, "version": version, "input": { "name": name } });
    UPDATE_PERSON.done(fixture, tree.owner, variables, "id").await;
}

fn membership_told(kind: &str, id: Uuid, role: &str, person: Uuid, valid_to: Value) -> Value {
    json!({ "kind": kind, "membershipId": id,
        "membership": { "role": role, "validTo": valid_to, "person": { "id": person } } })
}

fn person_told(kind: &str, id: Uuid, name: &str) -> Value {
    json!({ "kind": kind, "personId": id, "person": { "name": name } })
}

#[tokio::test]
async fn who_comes_gets_access_and_loses_it_is_told() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let mut memberships = following(&fixture, &tree, tree.owner, MEMBERSHIPS, tree.network).await;
        let mut people = following(&fixture, &tree, tree.owner, PEOPLE, tree.network).await;
        let input = json!({ "networkId": tree.network, "name": "New Comer", "email": "new@acme.example" });
        let newcomer =
            id_of(&CREATE_PERSON.done(&fixture, tree.owner, json!({ "input": input }), "id").await);
        assert_eq!(next(&mut people).await, person_told("CREATED", newcomer, "New Comer"), "{backend:?}");
        renamed(&fixture, &tree, newcomer, 1, "Old Hand").await;
        assert_eq!(next(&mut people).await, person_told("UPDATED", newcomer, "Old Hand"), "{backend:?}");

        let given = granted(&fixture, &tree, newcomer, "MANAGER", tree.regions[1]).await;
        let told = membership_told("GRANTED", given, "MANAGER", newcomer, Value::Null);
        assert_eq!(next(&mut memberships).await, told, "{backend:?}");
        for (version, valid_to) in [(1, "2999-12-31"), (2, "2999-06-30")] {
            let variables = json!({ "id": given, "version": version, "validTo": valid_to });
            REVOKE.done(&fixture, tree.owner, variables, "id").await;
            let told = membership_told("REVOKED", given, "MANAGER", newcomer, json!(valid_to));
            assert_eq!(next(&mut memberships).await, told, "{backend:?}");
        }

        let loaded = person(tree.network, "Loaded", "loaded@acme.example");
        let access = member(loaded.id, Role::Viewer, tree.locations[0]);
        let rows =
            Rows { persons: vec![loaded.clone()], memberships: vec![access.clone()], ..Rows::default() };
        let mut load = fixture.begin().await;
        bulk::insert(&mut load, rows).await.unwrap();
        load.commit().await.unwrap();
        renamed(&fixture, &tree, loaded.id, 1, "Renamed").await;
        for (kind, name) in [("CREATED", "Renamed"), ("UPDATED", "Renamed")] {
            assert_eq!(next(&mut people).await, person_told(kind, loaded.id, name), "{backend:?}");
        }
        let told = membership_told("GRANTED", access.id, "VIEWER", loaded.id, Value::Null);
        assert_eq!(next(&mut memberships).await, told, "{backend:?}");
    }
}

#[tokio::test]
async fn memberships_are_told_to_who_may_see_them_there() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let other = planted(&fixture, "zeta").await;
        let units = [tree.network, tree.regions[0], tree.groups[1], tree.locations[0], tree.regions[1]];
        // Who follows what, and which of the units' memberships they are told of.
        let cases: [(Uuid, Uuid, &[usize]); 5] = [
            (tree.owner, tree.network, &[0, 1, 2, 3, 4]),
            (tree.owner, tree.regions[0], &[1, 2, 3]),
            (tree.owner, tree.groups[1], &[2]),
            (tree.regional, tree.network, &[1, 2, 3]),
            (tree.franchisee, tree.network, &[3]),
        ];
        let mut followed = Vec::new();
        for (person, within, told) in cases {
            let events = following(&fixture, &tree, person, MEMBERSHIPS, within).await;
            followed.push((person, within, told, events));
        }
        // Twice: had somebody been told too much the first time, it would come before the second.
        let mut memberships = Vec::new();
        for role in ["ANALYST", "COMPLIANCE_OFFICER"] {
            for unit in units {
                memberships.push(granted(&fixture, &tree, tree.viewer, role, unit).await);
            }
            granted(&fixture, &other, other.viewer, role, other.network).await;
        }
        for (person, within, told, mut events) in followed {
            for index in told.iter().copied().chain(told.iter().map(|index| units.len() + index)) {
                let event = next(&mut events).await;
                let expected = json!(memberships[index]);
                assert_eq!(event["membershipId"], expected, "{backend:?} {person} {within} {event}");
            }
        }
    }
}

#[tokio::test]
async fn people_are_told_to_who_may_see_them_where_they_have_to_do_with() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let other = planted(&fixture, "zeta").await;
        // Somebody of another network who has access here.
        granted(&fixture, &tree, tree.viewer, "ANALYST", tree.groups[1]).await;
        let guest = member(other.owner, Role::Analyst, tree.regions[0]);
        fixture.load(Rows { memberships: vec![guest], ..Rows::default() }).await;
        let people = [tree.owner, tree.regional, tree.franchisee, tree.viewer, other.owner];
        let cases: [(Uuid, Uuid, &[usize]); 7] = [
            (tree.owner, tree.network, &[0, 1, 2, 3, 4]),
            // Those who work there; the franchisee and the manager are responsible for what is below.
            (tree.owner, tree.regions[0], &[1, 2, 3, 4]),
            (tree.owner, tree.regions[1], &[2, 3]),
            (tree.regional, tree.network, &[1, 2, 3, 4]),
            // Of a location one sees who owns and who manages it.
            (tree.viewer, tree.network, &[2, 3]),
            (tree.viewer, tree.locations[0], &[2, 3]),
            (other.owner, other.network, &[4]),
        ];
        let mut followed = Vec::new();
        for (person, within, told) in cases {
            let of = if person == other.owner { &other } else { &tree };
            followed.push((person, within, told, following(&fixture, of, person, PEOPLE, within).await));
        }
        for version in [1, 2] {
            for (index, person) in people.into_iter().enumerate() {
                let by = if index == 4 { &other } else { &tree };
                renamed(&fixture, by, person, version, "Renamed").await;
            }
        }
        for (person, within, told, mut events) in followed {
            for index in told.iter().chain(told) {
                let event = next(&mut events).await;
                let expected = person_told("UPDATED", people[*index], "Renamed");
                assert_eq!(event, expected, "{backend:?} {person} {within}");
            }
        }
    }
}

#[tokio::test]
async fn who_may_not_see_memberships_or_units_cannot_follow() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let other = planted(&fixture, "zeta").await;
        for (document, person, within) in [
            (MEMBERSHIPS, other.owner, tree.network),
            (MEMBERSHIPS, tree.viewer, tree.locations[0]),
            (MEMBERSHIPS, tree.regional, tree.regions[1]),
            (MEMBERSHIPS, Uuid::now_v7(), tree.network),
            (PEOPLE, other.owner, tree.network),
            (PEOPLE, tree.viewer, tree.locations[1]),
            (PEOPLE, Uuid::now_v7(), tree.network),
        ] {
            let mut events = subscribe(&fixture, person, document, json!({ "within": within }));
            assert_eq!(end(&mut events).await, "BAD_USER_INPUT", "{backend:?} {document}");
        }
    }
}

#[tokio::test]
async fn who_loses_the_right_to_see_is_told_nothing_more() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let mut memberships = following(&fixture, &tree, tree.regional, MEMBERSHIPS, tree.network).await;
        let mut people = following(&fixture, &tree, tree.regional, PEOPLE, tree.network).await;
        granted(&fixture, &tree, tree.viewer, "ANALYST", tree.locations[0]).await;
        renamed(&fixture, &tree, tree.viewer, 1, "Before").await;
        assert_eq!(next(&mut memberships).await["kind"], "GRANTED", "{backend:?}");
        assert_eq!(next(&mut people).await["kind"], "UPDATED", "{backend:?}");
        let own = tree.rows.memberships.iter().find(|row| row.person_id == tree.regional).unwrap().id;
        REVOKE.done(&fixture, tree.owner, json!({ "id": own, "version": 1 }), "id").await;
        renamed(&fixture, &tree, tree.viewer, 2, "After").await;
        for events in [&mut memberships, &mut people] {
            assert_eq!(end(events).await, "FORBIDDEN", "{backend:?}");
        }
    }
}

#[tokio::test]
async fn a_subscription_goes_on_where_an_earlier_one_ended() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let after = revision(&fixture, &tree).await;
        let given = granted(&fixture, &tree, tree.viewer, "ANALYST", tree.network).await;
        renamed(&fixture, &tree, tree.viewer, 1, "Renamed").await;
        REVOKE.done(&fixture, tree.owner, json!({ "id": given, "version": 1 }), "id").await;
        for (document, after, expected) in [
            (MEMBERSHIPS, after, vec![("GRANTED", after + 1), ("REVOKED", after + 3)]),
            (MEMBERSHIPS, after + 1, vec![("REVOKED", after + 3)]),
            (PEOPLE, after, vec![("UPDATED", after + 2)]),
        ] {
            let variables = json!({ "within": tree.network, "after": after });
            let mut events = subscribe(&fixture, tree.owner, document, variables);
            for (kind, revision) in expected {
                let event = events.next().await.unwrap();
                let told = &event["data"]["told"];
                assert_eq!(
                    (&told["kind"], &told["revision"]),
                    (&json!(kind), &json!(revision)),
                    "{backend:?}"
                );
            }
        }
        let variables = json!({ "within": tree.network, "after": after + 4 });
        let mut events = subscribe(&fixture, tree.owner, MEMBERSHIPS, variables);
        assert_eq!(end(&mut events).await, "BAD_USER_INPUT", "{backend:?}");
    }
}
