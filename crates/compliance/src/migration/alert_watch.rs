//! Creates `alert_watch`: alerts of days that end from now on are told.

use chrono::{SubsecRound, Utc};
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use sea_orm_migration::prelude::*;

use crate::alert::watch::mark::{Column, Entity, Model};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0017_alert_watch"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Entity)
            .col(ColumnDef::new(Column::Id).integer().not_null().primary_key())
            .col(ColumnDef::new(Column::ToldUntil).timestamp_with_time_zone().not_null())
            .to_owned();
        manager.create_table(table).await?;
        let row = Model { id: 1, told_until: Utc::now().trunc_subsecs(6) };
        row.into_active_model().insert(manager.get_connection()).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Entity).to_owned()).await
    }
}
