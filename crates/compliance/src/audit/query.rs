//! Reading the audit trail.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, JoinType};
use sea_orm::{EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde_json::Value;
use subgraph::directory::unit;
use subgraph::error::{Error, Result};
use subgraph::page::{Cursor, Page};
use subgraph::sdl::directives::{cost, list_size};

use super::entity::{Column, Entity, Model};
use super::load::AuditedLoad;
use super::{AuditAction, AuditedRecord};
use crate::cost::{LIST, PAGE, sized, slicing};
use crate::unit::FranchiseUnit;
use crate::unit::subtree::{below_any, parse_id};
use crate::view::ViewContext;

/// One change by one person, or one load. Entries are never changed or removed.
pub(crate) struct AuditEntry(Model);

/// A field that a change gave another value.
#[derive(SimpleObject)]
pub(crate) struct AuditChange {
    /// The name of the stored field.
    field: String,
    /// The value before, as JSON text; null when there was none.
    before: Option<String>,
    /// The value after, as JSON text; null when there is none.
    after: Option<String>,
}

/// One change by one person, or one load. Entries are never changed or removed.
#[Object]
impl AuditEntry {
    /// Identifies the entry.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// The person who did it; null of a load, which says by whom.
    async fn actor_id(&self) -> Option<ID> {
        self.0.actor_id.map(ID::from)
    }

    /// What was done.
    async fn action(&self) -> AuditAction {
        self.0.action
    }

    /// What kind of record was changed.
    async fn record(&self) -> AuditedRecord {
        self.0.record
    }

    /// The record; for an acknowledgement its requirement, for a load the entry itself.
    async fn record_id(&self) -> ID {
        self.0.record_id.into()
    }

    /// The requirement that the record belongs to; null of a load.
    async fn requirement_id(&self) -> Option<ID> {
        self.0.requirement_id.map(ID::from)
    }

    /// The unit of the requirement; of a load the network.
    async fn unit(&self) -> FranchiseUnit {
        FranchiseUnit::new(self.0.unit_id)
    }

    /// What was loaded; null of what is no load.
    async fn load(&self) -> Result<Option<AuditedLoad>> {
        let of_load = self.0.record == AuditedRecord::Load;
        let load = of_load.then(|| AuditedLoad::read(&self.0.after));
        load.transpose().map_err(Error::internal)
    }

    /// The fields that got another value, by name; empty of a load.
    #[graphql(directive = list_size::apply(Some(10), None, None, None))]
    async fn changes(&self) -> Vec<AuditChange> {
        if self.0.record == AuditedRecord::Load {
            return Vec::new();
        }
        changes(self.0.before.as_ref(), &self.0.after)
    }
}

fn changes(before: Option<&Value>, after: &Value) -> Vec<AuditChange> {
    let Some(after) = after.as_object() else { return Vec::new() };
    let text = |value: Option<&Value>| value.filter(|value| !value.is_null()).map(Value::to_string);
    let mut changes: Vec<AuditChange> = after
        .iter()
        .map(|(field, value)| AuditChange {
            field: field.clone(),
            before: text(before.and_then(|before| before.get(field))),
            after: text(Some(value)),
        })
        .filter(|change| change.before != change.after)
        .collect();
    changes.sort_by(|a, b| a.field.cmp(&b.field));
    changes
}

/// Root fields about the audit trail.
#[derive(Default)]
pub(crate) struct AuditQuery;

#[Object]
impl AuditQuery {
    /// Changes to compliance records on units that you may see, newest first, and what was loaded at once into any
    /// service of networks whose records you may see as a whole.
    #[graphql(directive = cost::apply(LIST), directive = list_size::apply(PAGE, slicing(), sized(), Some(false)))]
    #[expect(clippy::too_many_arguments, reason = "the four Relay arguments are fields of their own")]
    async fn audit_trail(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only on this unit and the units below it.")] unit_id: Option<ID>,
        #[graphql(desc = "Only of this requirement.")] requirement_id: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<Cursor, AuditEntry, EmptyFields, EmptyFields>> {
        let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let view = ctx.view()?;
        let id = || Expr::col((Entity, Column::Id));
        let mut wanted = Condition::all().add(view.scope.units());
        if let Some(unit) = &unit_id {
            wanted = wanted.add(below_any(&[parse_id(unit, "unitId")?]));
        }
        if let Some(requirement) = &requirement_id {
            let requirement = parse_id(requirement, "requirementId")?;
            wanted = wanted.add(Expr::col((Entity, Column::RequirementId)).eq(requirement));
        }
        if let Some(cursor) = &page.after {
            wanted = wanted.add(id().lt(cursor.id));
        }
        if let Some(cursor) = &page.before {
            wanted = wanted.add(id().gt(cursor.id));
        }
        let mut select = Entity::find()
            .filter(wanted)
            .order_by(id(), if page.backwards { Order::Asc } else { Order::Desc })
            .limit(page.rows());
        let same_unit = Expr::col((unit::Entity, unit::Column::Id)).equals((Entity, Column::UnitId));
        QueryTrait::query(&mut select).join(JoinType::InnerJoin, unit::Entity, same_unit);
        let rows = select.all(&view.database).await?;
        let entries = rows.into_iter().map(AuditEntry).collect();
        Ok(page.connection(entries, |entry| Cursor { key: String::new(), id: entry.0.id }))
    }
}
