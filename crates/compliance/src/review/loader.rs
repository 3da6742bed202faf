//! Reviews in batches: the same page for many requirements.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use async_graphql::dataloader::Loader;
use chrono::NaiveDate;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, Query, Value, WindowStatement};
use sea_orm::{ConnectionTrait, FromQueryResult, Iterable, Order};
use subgraph::error::{Error, Result};
use subgraph::page::{Cursor, Page};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::keyset::{self, Part};
use crate::requirement::entity as requirement;
use crate::view::View;

/// A page of a requirement's reviews, latest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReviewsOf {
    pub(crate) requirement: Uuid,
    pub(crate) page: Page,
}

impl Hash for ReviewsOf {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.requirement.hash(hasher);
    }
}

/// Where a review is in the list.
pub(crate) fn cursor(row: &Model) -> Cursor {
    Cursor { key: row.reviewed_on.to_string(), id: row.id }
}

impl Loader<ReviewsOf> for View {
    type Value = Vec<Model>;
    type Error = Error;

    async fn load(&self, keys: &[ReviewsOf]) -> Result<HashMap<ReviewsOf, Vec<Model>>> {
        let mut alike: Vec<(&Page, Vec<Uuid>)> = Vec::new();
        for key in keys {
            match alike.iter_mut().find(|(page, _)| *page == &key.page) {
                Some((_, requirements)) => requirements.push(key.requirement),
                None => alike.push((&key.page, vec![key.requirement])),
            }
        }
        let mut reviews: HashMap<ReviewsOf, Vec<Model>> = HashMap::new();
        for (page, requirements) in alike {
            for row in read(self, page, &requirements).await? {
                let key = ReviewsOf { requirement: row.requirement_id, page: page.clone() };
                reviews.entry(key).or_default().push(row);
            }
        }
        Ok(reviews)
    }
}

async fn read(view: &View, page: &Page, requirements: &[Uuid]) -> Result<Vec<Model>> {
    const PLACE: &str = "place";
    let key = [
        Part::descending(Expr::col((Entity, Column::ReviewedOn))),
        Part::descending(Expr::col((Entity, Column::Id))),
    ];
    let mut within = Condition::all()
        .add(Expr::col((Entity, Column::RequirementId)).is_in(requirements.iter().copied()))
        .add(view.scope.rows(
            (requirement::Entity, requirement::Column::NetworkId),
            (requirement::Entity, requirement::Column::UnitId),
        ));
    for (cursor, before) in [(&page.after, false), (&page.before, true)] {
        if let Some(cursor) = cursor {
            within = within.add(keyset::beyond(&key, &values(cursor)?, before));
        }
    }
    let mut window = WindowStatement::partition_by((Entity, Column::RequirementId));
    keyset::order_window(&mut window, &key, page.backwards);
    let mut placed = Query::select();
    placed
        .columns(Column::iter().map(|column| (Entity, column)))
        .expr_window_as(Func::cust("ROW_NUMBER"), window, PLACE)
        .from(Entity)
        .inner_join(
            requirement::Entity,
            Expr::col((requirement::Entity, requirement::Column::Id)).equals((Entity, Column::RequirementId)),
        )
        .cond_where(within);
    let mut statement = Query::select();
    statement
        .columns(Column::iter())
        .from_subquery(placed, "placed")
        .and_where(Expr::col(PLACE).lte(page.rows() as i64))
        .order_by(PLACE, Order::Asc);
    let rows = view.database.query_all(&statement).await?;
    Ok(rows.iter().map(|row| Model::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

fn values(cursor: &Cursor) -> Result<[Value; 2]> {
    let day: NaiveDate = cursor.key.parse().map_err(|_| {
        Error::BadInput("the cursor belongs to another list: start again without it".to_owned())
    })?;
    Ok([day.into(), cursor.id.into()])
}
