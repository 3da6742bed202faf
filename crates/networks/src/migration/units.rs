//! Creates `networks`, `regions`, `location_groups` and `locations`.

use sea_orm_migration::prelude::*;

use super::{index, sorted_text, unique};
use crate::group::entity as group;
use crate::location::entity as location;
use crate::network::entity as network;
use crate::person::entity as person;
use crate::region::entity as region;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0020_units"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(networks(manager)).await?;
        manager.create_index(unique(network::Entity, &[network::Column::Code])).await?;
        manager.create_table(regions(manager)).await?;
        manager
            .create_index(unique(region::Entity, &[region::Column::NetworkId, region::Column::Code]))
            .await?;
        manager.create_table(groups(manager)).await?;
        manager.create_index(unique(group::Entity, &[group::Column::RegionId, group::Column::Code])).await?;
        for column in [group::Column::NetworkId, group::Column::FranchiseeId] {
            manager.create_index(index(group::Entity, &[column])).await?;
        }
        manager.create_table(locations(manager)).await?;
        manager.create_index(unique(location::Entity, &[location::Column::Code])).await?;
        for columns in [
            [location::Column::NetworkId, location::Column::Name],
            [location::Column::RegionId, location::Column::Name],
            [location::Column::GroupId, location::Column::Name],
            [location::Column::PostalCode, location::Column::NetworkId],
        ] {
            manager.create_index(index(location::Entity, &columns)).await?;
        }
        for column in [location::Column::OwnerId, location::Column::ManagerId] {
            manager.create_index(index(location::Entity, &[column])).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(location::Entity).to_owned()).await?;
        manager.drop_table(Table::drop().table(group::Entity).to_owned()).await?;
        manager.drop_table(Table::drop().table(region::Entity).to_owned()).await?;
        manager.drop_table(Table::drop().table(network::Entity).to_owned()).await
    }
}

fn networks(manager: &SchemaManager<'_>) -> TableCreateStatement {
    use network::Column;
    let mut table = Table::create();
    table
        .table(network::Entity)
        .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
        .col(sorted_text(manager, Column::Name))
        .col(sorted_text(manager, Column::Code))
        .col(ColumnDef::new(Column::LegalName).text().not_null())
        .col(ColumnDef::new(Column::Brand).text().not_null())
        .col(ColumnDef::new(Column::NetworkType).text().not_null())
        .col(ColumnDef::new(Column::Status).text().not_null())
        .col(ColumnDef::new(Column::Street).text())
        .col(ColumnDef::new(Column::Street2).text())
        .col(ColumnDef::new(Column::City).text())
        .col(ColumnDef::new(Column::Subdivision).text())
        .col(ColumnDef::new(Column::PostalCode).text())
        .col(ColumnDef::new(Column::Country).text().not_null())
        .col(ColumnDef::new(Column::TimeZone).text().not_null())
        .col(ColumnDef::new(Column::Currency).text().not_null())
        .col(ColumnDef::new(Column::LocationTarget).integer())
        .col(ColumnDef::new(Column::InitialFeeMinor).big_integer().not_null())
        .col(ColumnDef::new(Column::RoyaltyBasisPoints).integer().not_null())
        .col(ColumnDef::new(Column::MarketingBasisPoints).integer().not_null())
        .col(ColumnDef::new(Column::MinimumMonthlyFeeMinor).big_integer().not_null())
        .col(ColumnDef::new(Column::OpenedOn).date());
    with_history(&mut table, Column::Version, Column::CreatedAt, Column::UpdatedAt)
}

fn regions(manager: &SchemaManager<'_>) -> TableCreateStatement {
    use region::Column;
    let mut table = Table::create();
    table
        .table(region::Entity)
        .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
        .col(sorted_text(manager, Column::Name))
        .col(sorted_text(manager, Column::Code))
        .col(ColumnDef::new(Column::Status).text().not_null())
        .col(ColumnDef::new(Column::TimeZone).text().not_null())
        .col(ColumnDef::new(Column::Currency).text().not_null())
        .col(ColumnDef::new(Column::Jurisdictions).json_binary().not_null())
        .col(ColumnDef::new(Column::PrimaryMarkets).json_binary().not_null())
        .col(ColumnDef::new(Column::Territory).json_binary().not_null())
        .col(ColumnDef::new(Column::LocationTarget).integer())
        .col(ColumnDef::new(Column::OpenedOn).date())
        .foreign_key(
            ForeignKey::create()
                .from(region::Entity, Column::NetworkId)
                .to(network::Entity, network::Column::Id),
        );
    with_history(&mut table, Column::Version, Column::CreatedAt, Column::UpdatedAt)
}

fn groups(manager: &SchemaManager<'_>) -> TableCreateStatement {
    use group::Column;
    let mut table = Table::create();
    table
        .table(group::Entity)
        .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
        .col(ColumnDef::new(Column::RegionId).uuid().not_null())
        .col(sorted_text(manager, Column::Name))
        .col(sorted_text(manager, Column::Code))
        .col(ColumnDef::new(Column::GroupType).text().not_null())
        .col(ColumnDef::new(Column::Status).text().not_null())
        .col(ColumnDef::new(Column::FranchiseeId).uuid())
        .col(ColumnDef::new(Column::TimeZone).text().not_null())
        .col(ColumnDef::new(Column::Currency).text().not_null())
        .col(ColumnDef::new(Column::OpenedOn).date())
        .foreign_key(
            ForeignKey::create().from(group::Entity, Column::RegionId).to(region::Entity, region::Column::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(group::Entity, Column::FranchiseeId)
                .to(person::Entity, person::Column::Id),
        );
    with_history(&mut table, Column::Version, Column::CreatedAt, Column::UpdatedAt)
}

fn locations(manager: &SchemaManager<'_>) -> TableCreateStatement {
    use location::Column;
    let mut table = Table::create();
    table
        .table(location::Entity)
        .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
        .col(ColumnDef::new(Column::RegionId).uuid().not_null())
        .col(ColumnDef::new(Column::GroupId).uuid().not_null())
        .col(sorted_text(manager, Column::Name))
        .col(sorted_text(manager, Column::Code))
        .col(ColumnDef::new(Column::Status).text().not_null())
        .col(ColumnDef::new(Column::Street).text())
        .col(ColumnDef::new(Column::Street2).text())
        .col(ColumnDef::new(Column::City).text())
        .col(ColumnDef::new(Column::Subdivision).text())
        .col(ColumnDef::new(Column::PostalCode).text())
        .col(ColumnDef::new(Column::Country).text().not_null())
        .col(ColumnDef::new(Column::Latitude).double())
        .col(ColumnDef::new(Column::Longitude).double())
        .col(ColumnDef::new(Column::TimeZone).text().not_null())
        .col(ColumnDef::new(Column::Currency).text().not_null())
        .col(ColumnDef::new(Column::ChairsTotal).integer().not_null())
        .col(ColumnDef::new(Column::ChairsActive).integer().not_null())
        .col(ColumnDef::new(Column::OpeningHours).json_binary().not_null())
        .col(ColumnDef::new(Column::OwnerId).uuid())
        .col(ColumnDef::new(Column::ManagerId).uuid())
        .col(ColumnDef::new(Column::Phone).text())
        .col(ColumnDef::new(Column::Email).text())
        .col(ColumnDef::new(Column::OpenedOn).date())
        .foreign_key(
            ForeignKey::create().from(location::Entity, Column::GroupId).to(group::Entity, group::Column::Id),
        );
    for column in [Column::OwnerId, Column::ManagerId] {
        let mut key = ForeignKey::create();
        key.from(location::Entity, column).to(person::Entity, person::Column::Id);
        table.foreign_key(&mut key);
    }
    with_history(&mut table, Column::Version, Column::CreatedAt, Column::UpdatedAt)
}

/// Adds what every changing row has.
fn with_history<C: IntoIden>(
    table: &mut TableCreateStatement,
    version: C,
    created_at: C,
    updated_at: C,
) -> TableCreateStatement {
    table
        .col(ColumnDef::new(version).integer().not_null())
        .col(ColumnDef::new(created_at).timestamp_with_time_zone().not_null())
        .col(ColumnDef::new(updated_at).timestamp_with_time_zone().not_null())
        .to_owned()
}
