//! Changes as those who follow them are told.

use async_graphql::{Request, Variables};
use futures::stream::{BoxStream, StreamExt};
use networks::bulk::{self, Rows, UnitStatus};
use networks::import::{LocationUpdate, update_locations};
use serde_json::{Value, json};
use subgraph::caller::token::Subject;
use subgraph::load::{Counts, Kind, Record, Records, waiting};
use subgraph::subscription::Limits;
use subgraph::testing::Backend;
use uuid::Uuid;

use super::{
    CHANGE_STATUS, CREATE_LOCATION, GRANT, MOVE_GROUP, MOVE_LOCATION, REVOKE, UPDATE_LOCATION,
    UPDATE_NETWORK, UPDATE_REGION, id_of, location_input, planted,
};
use crate::fixture::{Fixture, location};

const CHANGES: &str = "subscription($within: ID!, $after: Int) {
    unitChanged(within: $within, after: $after) { kind unitId unit { name status } } }";

type Events = BoxStream<'static, Value>;

fn subscribe(fixture: &Fixture, person: Uuid, document: &str, variables: Value) -> Events {
    let request = Request::new(document).variables(Variables::from_json(variables));
    let responses = fixture.service.subscribe_as(Subject::Person(person, None), request);
    responses.map(|response| serde_json::to_value(response).unwrap()).boxed()
}

/// The revision of the newest change.
async fn revision(fixture: &Fixture, person: Uuid, within: Uuid) -> Value {
    let query = "query($within: ID!) { unitRevision(within: $within) }";
    let mut data = fixture.data(person, query, json!({ "within": within })).await;
    data["unitRevision"].take()
}

/// What happens at and below a unit from here on.
async fn following(fixture: &Fixture, person: Uuid, within: Uuid) -> Events {
    let after = revision(fixture, person, within).await;
    subscribe(fixture, person, CHANGES, json!({ "within": within, "after": after }))
}

/// The next event, which has no errors.
async fn next(events: &mut Events) -> Value {
    let mut event = events.next().await.unwrap();
    assert!(event.get("errors").is_none(), "{event:#}");
    event["data"]["unitChanged"].take()
}

/// The code of the error with which a subscription ends.
async fn end(events: &mut Events) -> String {
    let event = events.next().await.unwrap();
    assert!(events.next().await.is_none(), "it ends after {event:#}");
    event["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{event:#}")).to_owned()
}

async fn rename(fixture: &Fixture, person: Uuid, location: Uuid, version: i32, name: &str) {
    let variables = json!({ "id": location, "version": version, "input": { "name": name } });
    UPDATE_LOCATION.done(fixture, person, variables, "id").await;
}

#[tokio::test]
async fn every_change_of_a_unit_is_told_with_the_unit() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let mut events = following(&fixture, tree.owner, tree.network).await;
        let mut expect = async |kind: &str, unit: Uuid, name: &str, status: &str| {
            let expected =
                json!({ "kind": kind, "unitId": unit, "unit": { "name": name, "status": status } });
            assert_eq!(next(&mut events).await, expected, "{backend:?}");
        };
        let input = json!({ "input": location_input(tree.groups[0], "ACME-NEW") });
        let made = id_of(&CREATE_LOCATION.done(&fixture, tree.owner, input, "id").await);
        expect("CREATED", made, "Portage Avenue", "DEVELOPMENT").await;
        rename(&fixture, tree.owner, made, 1, "First").await;
        expect("UPDATED", made, "First", "DEVELOPMENT").await;
        // What an event has loaded is not what the next one shows.
        rename(&fixture, tree.owner, made, 2, "Second").await;
        expect("UPDATED", made, "Second", "DEVELOPMENT").await;
        let active = json!({ "id": made, "version": 3, "status": "ACTIVE" });
        CHANGE_STATUS.done(&fixture, tree.owner, active, "id").await;
        expect("STATUS_CHANGED", made, "Second", "ACTIVE").await;
        let elsewhere = json!({ "id": made, "version": 4, "groupId": tree.groups[3] });
        MOVE_LOCATION.done(&fixture, tree.owner, elsewhere, "id").await;
        expect("MOVED", made, "Second", "ACTIVE").await;
        let elsewhere = json!({ "id": tree.groups[0], "version": 1, "regionId": tree.regions[1] });
        MOVE_GROUP.done(&fixture, tree.owner, elsewhere, "id").await;
        expect("MOVED", tree.groups[0], "Group ACME-R0G0", "ACTIVE").await;
        let renamed = json!({ "id": tree.regions[0], "version": 1, "input": { "name": "West" } });
        UPDATE_REGION.done(&fixture, tree.owner, renamed, "id").await;
        expect("UPDATED", tree.regions[0], "West", "ACTIVE").await;
        let renamed = json!({ "id": tree.network, "version": 1, "input": { "name": "Acme" } });
        UPDATE_NETWORK.done(&fixture, tree.owner, renamed, "id").await;
        expect("UPDATED", tree.network, "Acme", "ACTIVE").await;
    }
}

#[tokio::test]
async fn what_imports_change_is_told_as_well() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let mut events = following(&fixture, tree.owner, tree.network).await;
        let new = location(tree.groups[0], "ACME-IMPORTED");
        let mut load = fixture.begin().await;
        bulk::insert(&mut load, Rows { locations: vec![new.clone()], ..Rows::default() }).await.unwrap();
        let update = |group_id, status, name: &str| LocationUpdate {
            id: new.id,
            group_id,
            name: name.to_owned(),
            status,
            address: new.address.clone(),
            coordinates: None,
            time_zone: new.time_zone.clone(),
            currency: new.currency.clone(),
            chairs_total: new.chairs_total,
            chairs_active: new.chairs_active,
            opened_on: None,
        };
        for step in [
            update(tree.groups[0], None, "Imported"),
            update(tree.groups[0], Some(UnitStatus::Inactive), "Imported"),
            update(tree.groups[1], None, "Imported"),
            // Nothing happens.
            update(tree.groups[1], None, "Imported"),
        ] {
            update_locations(&mut load, vec![step]).await.unwrap();
        }
        load.commit().await.unwrap();
        let notices = waiting(&fixture.database.connection).await.unwrap();
        let noted = notices.last().map(|notice| (notice.network_id, &notice.records));
        let counts = Counts { made: 1, changed: 3 };
        let records = Records(vec![Record { kind: Kind::Location, counts }]);
        assert_eq!(noted, Some((tree.network, &records)), "{backend:?}: for the audit trail");
        rename(&fixture, tree.owner, tree.locations[0], 1, "Last").await;
        for kind in ["CREATED", "UPDATED", "STATUS_CHANGED", "MOVED"] {
            let event = next(&mut events).await;
            assert_eq!((&event["kind"], &event["unitId"]), (&json!(kind), &json!(new.id)), "{backend:?}");
        }
        assert_eq!(next(&mut events).await["unit"]["name"], "Last", "{backend:?}");
    }
}

#[tokio::test]
async fn a_follower_is_told_what_they_may_see_below_the_unit_they_follow() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let other = planted(&fixture, "zeta").await;
        // Who follows what, and which of all locations they are told of.
        let cases: [(Uuid, Uuid, &[usize]); 6] = [
            (tree.owner, tree.network, &[0, 1, 2, 3, 4, 5, 6, 7]),
            (tree.owner, tree.regions[1], &[4, 5, 6, 7]),
            (tree.owner, tree.groups[1], &[2, 3]),
            (tree.owner, tree.locations[6], &[6]),
            (tree.regional, tree.network, &[0, 1, 2, 3]),
            (tree.viewer, tree.network, &[0]),
        ];
        let mut followed = Vec::new();
        for (person, within, told) in cases {
            followed.push((person, within, told, following(&fixture, person, within).await));
        }
        // Twice: had somebody been told too much the first time, it would come before the second.
        for version in [1, 2] {
            for location in &tree.locations {
                rename(&fixture, tree.owner, *location, version, "Changed").await;
            }
            rename(&fixture, other.owner, other.locations[0], version, "Theirs").await;
        }
        for (person, within, told, mut events) in followed {
            for index in told.iter().chain(told) {
                let event = next(&mut events).await;
                let id = json!(tree.locations[*index]);
                assert_eq!(event["unitId"], id, "{backend:?} {person} {within} {event}");
            }
        }
    }
}

#[tokio::test]
async fn who_may_not_see_a_unit_cannot_follow_it() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let other = planted(&fixture, "zeta").await;
        for (person, within) in [
            (other.owner, tree.network),
            (tree.viewer, tree.locations[1]),
            (Uuid::now_v7(), tree.network),
            (tree.owner, Uuid::now_v7()),
        ] {
            assert_eq!(revision(&fixture, person, within).await, Value::Null, "{backend:?}");
            let mut events = subscribe(&fixture, person, CHANGES, json!({ "within": within }));
            assert_eq!(end(&mut events).await, "BAD_USER_INPUT", "{backend:?}");
        }
        let service = &fixture.service;
        let document = format!("subscription {{ unitChanged(within: \"{}\") {{ kind }} }}", tree.network);
        for token in [None, Some("no token")] {
            let responses = service.subscribe(token, Request::new(&document));
            let mut events = responses.map(|response| serde_json::to_value(response).unwrap()).boxed();
            assert_eq!(end(&mut events).await, "UNAUTHENTICATED", "{backend:?}");
        }
        let somebody = Subject::Service("analytics".to_owned());
        let responses = service.subscribe_as(somebody, Request::new(&document));
        let mut events = responses.map(|response| serde_json::to_value(response).unwrap()).boxed();
        assert_eq!(end(&mut events).await, "FORBIDDEN", "{backend:?}");
    }
}

#[tokio::test]
async fn a_unit_that_moves_away_is_told_to_who_saw_it_before() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let moved = tree.locations[0];
        let [mut left, mut regional, mut franchisee, mut arrived] = [
            following(&fixture, tree.owner, tree.groups[0]).await,
            following(&fixture, tree.regional, tree.groups[0]).await,
            following(&fixture, tree.franchisee, tree.groups[0]).await,
            following(&fixture, tree.owner, tree.groups[1]).await,
        ];
        let elsewhere = json!({ "id": moved, "version": 1, "groupId": tree.groups[1] });
        MOVE_LOCATION.done(&fixture, tree.owner, elsewhere, "id").await;
        let seen = json!({ "kind": "MOVED", "unitId": moved,
            "unit": { "name": "Location ACME-R0G0L0", "status": "ACTIVE" } });
        assert_eq!(next(&mut left).await, seen, "{backend:?}");
        assert_eq!(next(&mut regional).await, seen, "{backend:?}");
        assert_eq!(next(&mut arrived).await, seen, "{backend:?}");
        let gone = json!({ "kind": "MOVED", "unitId": moved, "unit": null });
        assert_eq!(next(&mut franchisee).await, gone, "{backend:?}");
    }
}

#[tokio::test]
async fn rights_are_those_of_the_moment() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let fees = "subscription($within: ID!, $after: Int) { unitChanged(within: $within, after: $after) {
            unit { ... on Network { feeStructure { royaltyPercent } } } } }";
        let variables = json!({ "within": tree.network,
            "after": revision(&fixture, tree.viewer, tree.network).await });
        let mut events = subscribe(&fixture, tree.viewer, fees, variables);
        let renamed = |version| json!({ "id": tree.network, "version": version, "input": { "brand": "B" } });
        UPDATE_NETWORK.done(&fixture, tree.owner, renamed(1), "id").await;
        let event = events.next().await.unwrap();
        assert_eq!(event["errors"][0]["extensions"]["code"], "FORBIDDEN", "{backend:?}");
        assert_eq!(event["data"]["unitChanged"]["unit"]["feeStructure"], Value::Null, "{backend:?}");

        let access = json!({ "input": { "personId": tree.viewer, "role": "ADMIN", "unitId": tree.network } });
        let granted = GRANT.done(&fixture, tree.owner, access, "id").await;
        UPDATE_NETWORK.done(&fixture, tree.owner, renamed(2), "id").await;
        let fees = json!({ "royaltyPercent": 6.5 });
        let event = next(&mut events).await;
        assert_eq!(event["unit"]["feeStructure"], fees, "{backend:?}");

        let first = tree.rows.memberships.iter().find(|row| row.person_id == tree.viewer).unwrap().id;
        for grant in [granted["id"].clone(), json!(first)] {
            REVOKE.done(&fixture, tree.owner, json!({ "id": grant, "version": 1 }), "id").await;
        }
        UPDATE_NETWORK.done(&fixture, tree.owner, renamed(3), "id").await;
        assert_eq!(end(&mut events).await, "FORBIDDEN", "{backend:?}");
    }
}

#[tokio::test]
async fn a_subscription_goes_on_where_an_earlier_one_ended() {
    for backend in Backend::ALL {
        let mut fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let document = "subscription($within: ID!, $after: Int) {
            unitChanged(within: $within, after: $after) { revision unit { version } } }";
        let after = revision(&fixture, tree.owner, tree.network).await;
        let variables = json!({ "within": tree.network, "after": after });
        let mut events = subscribe(&fixture, tree.owner, document, variables);
        rename(&fixture, tree.owner, tree.locations[0], 1, "One").await;
        let last = next(&mut events).await["revision"].clone();
        drop(events);
        rename(&fixture, tree.owner, tree.locations[0], 2, "Two").await;
        fixture.restart(Limits::default());
        rename(&fixture, tree.owner, tree.locations[0], 3, "Three").await;
        let variables = json!({ "within": tree.network, "after": last });
        let mut events = subscribe(&fixture, tree.owner, document, variables);
        let last = last.as_i64().unwrap();
        for missed in 1..=2 {
            assert_eq!(next(&mut events).await["revision"], last + missed, "{backend:?}");
        }

        fixture.restart(Limits { behind: 1, ..Limits::default() });
        let variables = json!({ "within": tree.network, "after": last });
        let mut events = subscribe(&fixture, tree.owner, document, variables);
        assert_eq!(end(&mut events).await, "CHANGES_MISSED", "{backend:?}");
        let variables = json!({ "within": tree.network, "after": last + 3 });
        let mut events = subscribe(&fixture, tree.owner, document, variables);
        assert_eq!(end(&mut events).await, "BAD_USER_INPUT", "{backend:?}");
    }
}

#[tokio::test]
async fn as_many_subscriptions_are_open_as_may_be() {
    for backend in Backend::ALL {
        let mut fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        fixture.restart(Limits { open: 3, of_caller: 2, ..Limits::default() });
        let open = |person| subscribe(&fixture, person, CHANGES, json!({ "within": tree.network }));
        let kept = [open(tree.owner), open(tree.owner)];
        assert_eq!(end(&mut open(tree.owner)).await, "TOO_MANY_SUBSCRIPTIONS", "{backend:?}");
        let _one_more = open(tree.regional);
        assert_eq!(end(&mut open(tree.viewer)).await, "TOO_MANY_SUBSCRIPTIONS", "{backend:?}");
        drop(kept);
        let mut events = open(tree.viewer);
        assert!(futures::poll!(events.next()).is_pending(), "{backend:?}");
    }
}
