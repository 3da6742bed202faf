//! What is loaded: made-up networks are told apart from real ones, and every record is noted for the audit trail.

use networks::Networks;
use networks::bulk::Rows;
use sea_orm_migration::{MigratorTrait, SchemaManager};
use serde_json::json;
use subgraph::load::{Counts, Kind, Record, Records, waiting};
use subgraph::service::Subgraph;
use subgraph::testing::Backend;

use crate::fixture::{Fixture, member, network, person};

#[tokio::test]
async fn a_network_is_made_up_only_when_it_was_loaded_as_such() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let (real, mut demo) = (network("real"), network("demo"));
        demo.is_demo = true;
        let owner = person(real.id, "Owner", "owner@real.example");
        let id = owner.id;
        let memberships =
            [real.id, demo.id].map(|network| member(id, subgraph::caller::Role::Owner, network));
        fixture
            .load(Rows {
                networks: vec![real, demo],
                persons: vec![owner],
                memberships: memberships.to_vec(),
                ..Rows::default()
            })
            .await;
        let data = fixture.data(id, "{ networks { nodes { slug isDemo } } }", json!({})).await;
        assert_eq!(
            data["networks"]["nodes"],
            json!([{ "slug": "demo", "isDemo": true }, { "slug": "real", "isDemo": false }]),
            "{backend:?}"
        );
    }
}

#[tokio::test]
async fn networks_from_before_the_mark_are_real() {
    type Migrator = <Networks as Subgraph>::Migrator;
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = crate::fixture::tree("acme");
        fixture.load(tree.rows.clone()).await;
        let connection = &fixture.database.connection;
        Migrator::down(connection, Some(6)).await.unwrap();
        let manager = SchemaManager::new(connection);
        assert!(!manager.has_column("networks", "is_demo").await.unwrap(), "{backend:?}");
        Migrator::up(connection, None).await.unwrap();
        let data = fixture.data(tree.owner, "{ networks { nodes { slug isDemo } } }", json!({})).await;
        assert_eq!(data["networks"]["nodes"], json!([{ "slug": "acme", "isDemo": false }]), "{backend:?}");
    }
}

#[tokio::test]
async fn a_load_notes_the_records_of_each_kind() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = crate::fixture::tree("acme");
        let rows = &tree.rows;
        let made = [
            (Kind::Network, rows.networks.len()),
            (Kind::Region, rows.regions.len()),
            (Kind::Group, rows.groups.len()),
            (Kind::Location, rows.locations.len()),
            (Kind::Person, rows.persons.len()),
            (Kind::Membership, rows.memberships.len()),
        ];
        fixture.load(tree.rows.clone()).await;
        let record = |(kind, made)| Record { kind, counts: Counts { made: made as u64, changed: 0 } };
        let expected = Records(made.into_iter().map(record).collect());
        let noted = waiting(&fixture.database.connection).await.unwrap();
        assert_eq!(noted.len(), 1, "{backend:?}: {noted:?}");
        assert_eq!((noted[0].network_id, &noted[0].records), (tree.network, &expected), "{backend:?}");
    }
}
