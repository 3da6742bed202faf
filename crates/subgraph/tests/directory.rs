//! The directory: publishing, following, and what callers may see through it.

use std::sync::Arc;

use chrono::{Days, Utc};
use futures::poll;
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use sea_orm_migration::prelude::*;
use subgraph::caller::token::{Narrow, Subject};
use subgraph::caller::{Permission, Role};
use subgraph::database::begin;
use subgraph::directory::follow::Follower;
use subgraph::directory::{Grants, Migration, UnitKind, membership, publish, unit};
use subgraph::testing::{Backend, TestDatabase};
use uuid::Uuid;

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Migration)]
    }
}

struct Tree {
    network: unit::Model,
    region: unit::Model,
    group: unit::Model,
    location: unit::Model,
}

fn make_unit(
    kind: UnitKind,
    code: &str,
    network: Uuid,
    region: Option<Uuid>,
    group: Option<Uuid>,
) -> unit::Model {
    let id = Uuid::now_v7();
    unit::Model {
        id,
        kind,
        network_id: if kind == UnitKind::Network { id } else { network },
        region_id: if kind == UnitKind::Region { Some(id) } else { region },
        group_id: if kind == UnitKind::Group { Some(id) } else { group },
        name: code.to_owned(),
        code: code.to_owned(),
        status: "ACTIVE".to_owned(),
        time_zone: "UTC".to_owned(),
        currency: "USD".to_owned(),
        opened_on: None,
        change: 0,
    }
}

fn tree(code: &str) -> Tree {
    let network = make_unit(UnitKind::Network, &format!("{code}-n"), Uuid::nil(), None, None);
    let region = make_unit(UnitKind::Region, &format!("{code}-r"), network.id, None, None);
    let group = make_unit(UnitKind::Group, &format!("{code}-g"), network.id, Some(region.id), None);
    let location =
        make_unit(UnitKind::Location, &format!("{code}-l"), network.id, Some(region.id), Some(group.id));
    Tree { network, region, group, location }
}

impl Tree {
    fn units(&self) -> Vec<unit::Model> {
        vec![self.network.clone(), self.region.clone(), self.group.clone(), self.location.clone()]
    }
}

fn grant(person_id: Uuid, role: Role, unit: &unit::Model) -> membership::Model {
    membership::Model {
        id: Uuid::now_v7(),
        person_id,
        role,
        unit_kind: unit.kind,
        unit_id: unit.id,
        network_id: unit.network_id,
        valid_from: Utc::now().date_naive(),
        valid_to: None,
        change: 0,
    }
}

async fn published(database: &TestDatabase, units: Vec<unit::Model>, memberships: Vec<membership::Model>) {
    let transaction = begin(&database.connection).await.unwrap();
    publish(&transaction, units, memberships).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn codes(database: &TestDatabase, condition: Condition) -> Vec<String> {
    let rows = unit::Entity::find()
        .filter(condition)
        .order_by_asc(unit::Column::Code)
        .all(&database.connection)
        .await;
    rows.unwrap().into_iter().map(|row| row.code).collect()
}

#[tokio::test]
async fn a_follower_takes_over_every_change_in_any_number_of_pages() {
    for backend in Backend::ALL {
        let owner = TestDatabase::new::<Migrator>(backend).await;
        let copy = TestDatabase::new::<Migrator>(backend).await;
        for number in 0..3 {
            let tree = tree(&format!("t{number}"));
            let member = grant(Uuid::now_v7(), Role::Owner, &tree.network);
            published(&owner, tree.units(), vec![member]).await;
        }
        let follower = Follower::new(
            copy.connection.clone(),
            Arc::new(owner.connection.clone()),
            Arc::new(Grants::new(copy.connection.clone())),
        );
        follower.catch_up().await.unwrap();
        follower.catch_up().await.unwrap();
        let theirs =
            unit::Entity::find().order_by_asc(unit::Column::Id).all(&owner.connection).await.unwrap();
        let ours = unit::Entity::find().order_by_asc(unit::Column::Id).all(&copy.connection).await.unwrap();
        assert_eq!(ours, theirs, "{backend:?}");
        assert_eq!(ours.len(), 12);
        let members = membership::Entity::find().all(&copy.connection).await.unwrap();
        assert_eq!(members.len(), 3, "{backend:?}");
    }
}

#[tokio::test]
async fn a_grant_reaches_down_but_neither_up_nor_across() {
    for backend in Backend::ALL {
        let database = TestDatabase::new::<Migrator>(backend).await;
        let (mine, other) = (tree("a"), tree("b"));
        let person = Uuid::now_v7();
        published(&database, mine.units(), vec![grant(person, Role::Manager, &mine.region)]).await;
        published(&database, other.units(), vec![]).await;
        let grants = Grants::new(database.connection.clone());
        let caller = grants.caller(Subject::Person(person, None)).await.unwrap();
        let scope = caller.scope(Permission::ReadFigures);
        assert_eq!(codes(&database, scope.units()).await, ["a-g", "a-l", "a-r"], "{backend:?}");
        assert_eq!(
            codes(&database, scope.units_and_ancestors()).await,
            ["a-g", "a-l", "a-n", "a-r"],
            "{backend:?}"
        );
        let rows = scope.rows(unit::Column::NetworkId, unit::Column::Id);
        assert_eq!(codes(&database, rows).await, ["a-g", "a-l", "a-r"], "{backend:?}");
        assert!(caller.scope(Permission::WriteMembers).is_empty());
        assert!(
            codes(&database, caller.scope(Permission::WriteMembers).units()).await.is_empty(),
            "{backend:?}"
        );
    }
}

#[tokio::test]
async fn a_token_narrows_a_grant_and_never_widens_it() {
    let database = TestDatabase::new::<Migrator>(Backend::Sqlite).await;
    let (mine, other) = (tree("a"), tree("b"));
    let person = Uuid::now_v7();
    published(&database, mine.units(), vec![grant(person, Role::Manager, &mine.region)]).await;
    published(&database, other.units(), vec![]).await;
    let grants = Grants::new(database.connection.clone());
    let seen = async |role, unit: Option<&unit::Model>| {
        let narrow = Narrow { role, unit: unit.map(|unit| unit.id) };
        let caller = grants.caller(Subject::Person(person, Some(narrow))).await.unwrap();
        codes(&database, caller.scope(Permission::ReadUnits).units()).await
    };
    assert_eq!(seen(None, Some(&mine.location)).await, ["a-l"]);
    assert_eq!(seen(Some(Role::Viewer), Some(&mine.group)).await, ["a-g", "a-l"]);
    assert!(seen(Some(Role::Owner), None).await.is_empty(), "an owner is more than a manager");
    assert!(seen(None, Some(&mine.network)).await.is_empty(), "the network is above the region");
    assert!(seen(None, Some(&other.location)).await.is_empty(), "another network");
}

#[tokio::test]
async fn an_ended_membership_gives_nothing() {
    let database = TestDatabase::new::<Migrator>(Backend::Sqlite).await;
    let tree = tree("a");
    let person = Uuid::now_v7();
    let mut ended = grant(person, Role::Owner, &tree.network);
    ended.valid_from = ended.valid_from - Days::new(10);
    ended.valid_to = Some(Utc::now().date_naive());
    published(&database, tree.units(), vec![ended]).await;
    let caller =
        Grants::new(database.connection.clone()).caller(Subject::Person(person, None)).await.unwrap();
    assert!(caller.grants.is_empty());
}

/// The look-up has read the memberships and waits for a lock when the membership ends.
#[tokio::test]
async fn a_grant_taken_while_it_is_looked_up_is_gone_afterwards() {
    let database = TestDatabase::new::<Migrator>(Backend::Postgres).await;
    let tree = tree("a");
    let person = Uuid::now_v7();
    let member = grant(person, Role::Owner, &tree.network);
    published(&database, tree.units(), vec![member.clone()]).await;
    let grants = Grants::new(database.connection.clone());
    let subject = Subject::Person(person, Some(Narrow { role: None, unit: Some(tree.region.id) }));

    let taking = begin(&database.connection).await.unwrap();
    taking.execute_unprepared("lock table directory_units in access exclusive mode").await.unwrap();
    database.statements.take();
    let mut early = Box::pin(grants.caller(subject.clone()));
    while database.statements.take() == 0 {
        assert!(poll!(&mut early).is_pending(), "the unit cannot be read");
        tokio::task::yield_now().await;
    }
    let ended = membership::Model { valid_to: Some(member.valid_from), ..member };
    publish(&taking, Vec::new(), vec![ended]).await.unwrap();
    taking.commit().await.unwrap();
    grants.forget();

    assert_eq!(early.await.unwrap().grants.len(), 1, "it was asked for before the change");
    assert!(grants.caller(subject).await.unwrap().grants.is_empty(), "it is asked for after the change");
}
