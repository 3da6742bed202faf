//! Giving and taking access.

use chrono::{Days, NaiveDate, Utc};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use subgraph::directory::membership;
use subgraph::testing::Backend;
use uuid::Uuid;

use super::{CREATE_PERSON, GRANT, REVOKE, id_of, planted};
use crate::fixture::{Fixture, Tree};

const SEEN: &str = "{ locations { totalCount } }";

fn day(from_today: u64) -> NaiveDate {
    Utc::now().date_naive() + Days::new(from_today)
}

/// Somebody without access.
async fn newcomer(fixture: &Fixture, tree: &Tree) -> Uuid {
    let input = json!({ "networkId": tree.network, "name": "New Comer", "email": "new@acme.example" });
    id_of(&CREATE_PERSON.done(fixture, tree.owner, json!({ "input": input }), "id").await)
}

fn access(person: Uuid, role: &str, unit: Uuid) -> Value {
    json!({ "personId": person, "role": role, "unitId": unit })
}

async fn sees(fixture: &Fixture, person: Uuid) -> i64 {
    let data = fixture.data(person, SEEN, json!({})).await;
    data["locations"]["totalCount"].as_i64().unwrap()
}

#[tokio::test]
async fn a_grant_holds_at_once_and_loses_effect_when_it_is_revoked() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let person = newcomer(&fixture, &tree).await;
        assert_eq!(sees(&fixture, person).await, 0, "{backend:?}");
        let input = json!({ "input": access(person, "MANAGER", tree.regions[1]) });
        let fields = "id role version validFrom validTo inForce person { id } unit { id } grantedBy { id }";
        let granted = GRANT.done(&fixture, tree.owner, input, fields).await;
        assert_eq!(
            granted,
            json!({ "id": granted["id"], "role": "MANAGER", "version": 1, "validFrom": day(0), "validTo": null,
                "inForce": true, "person": { "id": person }, "unit": { "id": tree.regions[1] },
                "grantedBy": { "id": tree.owner } }),
            "{backend:?}"
        );
        assert_eq!(sees(&fixture, person).await, 4, "{backend:?}");

        let variables = json!({ "id": granted["id"], "version": 1 });
        let revoked = REVOKE.done(&fixture, tree.owner, variables.clone(), "version validTo inForce").await;
        assert_eq!(revoked, json!({ "version": 2, "validTo": day(0), "inForce": false }), "{backend:?}");
        assert_eq!(sees(&fixture, person).await, 0, "{backend:?}");
        let row = membership::Entity::find_by_id(id_of(&granted)).one(&fixture.database.connection).await;
        assert_eq!(row.unwrap().unwrap().valid_to, Some(day(0)), "{backend:?}: followers are told");

        let conflict = ("VERSION_CONFLICT", "version", "at version 2");
        REVOKE.refused_with(&fixture, tree.owner, variables, conflict).await;
        let again = json!({ "id": granted["id"], "version": 2 });
        let ended = ("INVALID_TRANSITION", "id", "ended already");
        REVOKE.refused_with(&fixture, tree.owner, again, ended).await;
    }
}

#[tokio::test]
async fn a_grant_for_later_gives_nothing_yet_and_can_be_taken_back() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let person = newcomer(&fixture, &tree).await;
        let mut input = access(person, "VIEWER", tree.network);
        input["validFrom"] = json!(day(10));
        input["validTo"] = json!(day(20));
        let granted = GRANT.done(&fixture, tree.owner, json!({ "input": input }), "id inForce").await;
        assert_eq!(granted["inForce"], false, "{backend:?}");
        assert_eq!(sees(&fixture, person).await, 0, "{backend:?}");
        let later = json!({ "id": granted["id"], "version": 1, "validTo": day(15) });
        let changed = REVOKE.done(&fixture, tree.owner, later, "validTo version").await;
        assert_eq!(changed, json!({ "validTo": day(15), "version": 2 }), "{backend:?}");
        let now = json!({ "id": granted["id"], "version": 2 });
        let changed = REVOKE.done(&fixture, tree.owner, now, "validFrom validTo").await;
        assert_eq!(
            changed,
            json!({ "validFrom": day(10), "validTo": day(10) }),
            "{backend:?}: it never holds"
        );
        let again = json!({ "id": granted["id"], "version": 3 });
        let ended = ("INVALID_TRANSITION", "id", "ended already");
        REVOKE.refused_with(&fixture, tree.owner, again, ended).await;
        input["validFrom"] = json!(day(12));
        GRANT.done(&fixture, tree.owner, json!({ "input": input }), "id").await;
    }
}

#[tokio::test]
async fn the_same_role_on_the_same_unit_is_held_once_at_a_time() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let person = newcomer(&fixture, &tree).await;
        let input = |from: u64, to: Option<u64>| {
            let mut input = access(person, "ANALYST", tree.regions[0]);
            input["validFrom"] = json!(day(from));
            input["validTo"] = json!(to.map(day));
            json!({ "input": input })
        };
        GRANT.done(&fixture, tree.owner, input(10, Some(20)), "id").await;
        let taken = ("TAKEN", "input", "has this role there from");
        for (from, to) in [(10, Some(20)), (0, None), (0, Some(11)), (19, None), (12, Some(13))] {
            GRANT.refused_with(&fixture, tree.owner, input(from, to), taken).await;
        }
        for (from, to) in [(0, Some(10)), (20, None)] {
            GRANT.done(&fixture, tree.owner, input(from, to), "id").await;
        }
        let other = json!({ "input": access(person, "VIEWER", tree.regions[0]) });
        GRANT.done(&fixture, tree.owner, other, "id").await;
    }
}

#[tokio::test]
async fn a_repeated_key_grants_once() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let person = newcomer(&fixture, &tree).await;
        let input = access(person, "VIEWER", tree.network);
        let variables = json!({ "input": input, "idempotencyKey": "k" });
        let first = GRANT.done(&fixture, tree.owner, variables.clone(), "id").await;
        assert_eq!(GRANT.done(&fixture, tree.owner, variables, "id").await, first, "{backend:?}");
        let other = json!({ "input": access(person, "ANALYST", tree.network), "idempotencyKey": "k" });
        let reused = ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey", "new key");
        GRANT.refused_with(&fixture, tree.owner, other, reused).await;
    }
}

#[tokio::test]
async fn days_and_people_are_checked_together() {
    let fixture = Fixture::new(Backend::Sqlite).await;
    let (tree, other) = (planted(&fixture, "acme").await, planted(&fixture, "other").await);
    let mut input = access(other.owner, "VIEWER", tree.network);
    input["validFrom"] = json!("2020-01-01");
    input["validTo"] = json!("2020-01-01");
    let errors = GRANT.refused(&fixture, tree.owner, json!({ "input": input })).await;
    let told: Vec<String> = errors.iter().map(|(code, field, _)| format!("{code} {field}")).collect();
    assert_eq!(told, ["INVALID input.validFrom", "INVALID input.validTo", "NOT_FOUND input.personId"]);
    let mut input = access(tree.viewer, "VIEWER", tree.network);
    input["validTo"] = json!("2200-01-01");
    let far = ("INVALID", "input.validTo", "2199");
    GRANT.refused_with(&fixture, tree.owner, json!({ "input": input }), far).await;

    let granted = GRANT
        .done(&fixture, tree.owner, json!({ "input": access(tree.viewer, "ANALYST", tree.network) }), "id")
        .await;
    let past = json!({ "id": granted["id"], "version": 1, "validTo": "2020-01-01" });
    REVOKE.refused_with(&fixture, tree.owner, past, ("INVALID", "validTo", "before today")).await;
    let later = json!({ "id": granted["id"], "version": 1, "validTo": day(5) });
    REVOKE.done(&fixture, tree.owner, later, "id").await;
    let longer = json!({ "id": granted["id"], "version": 2, "validTo": day(6) });
    REVOKE.refused_with(&fixture, tree.owner, longer, ("INVALID", "validTo", "ends anyway")).await;
}

#[tokio::test]
async fn a_network_keeps_an_owner() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let owned = "{ me { person { memberships { nodes { id version } } } } }";
        let data = fixture.data(tree.owner, owned, json!({})).await;
        let own = data["me"]["person"]["memberships"]["nodes"][0].clone();
        let last = ("INVALID_TRANSITION", "id", "last owner");
        REVOKE.refused_with(&fixture, tree.owner, own.clone(), last).await;

        let mut heir = access(tree.regional, "OWNER", tree.network);
        heir["validTo"] = json!(day(30));
        let heir_for_a_while = GRANT.done(&fixture, tree.owner, json!({ "input": heir }), "id version").await;
        REVOKE.refused_with(&fixture, tree.owner, own.clone(), last).await;
        REVOKE.done(&fixture, tree.owner, heir_for_a_while, "id").await;
        let heir = access(tree.regional, "OWNER", tree.network);
        GRANT.done(&fixture, tree.owner, json!({ "input": heir }), "id").await;
        REVOKE.done(&fixture, tree.regional, own, "id").await;
        assert_eq!(sees(&fixture, tree.owner).await, 0, "{backend:?}");
    }
}
