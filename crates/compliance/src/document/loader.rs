//! Documents in batches: all of many requirements, newest first.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType};
use sea_orm::{EntityTrait, Order, QueryFilter, QueryOrder, QueryTrait};
use subgraph::error::{Error, Result};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::requirement::entity as requirement;
use crate::view::View;

/// The documents of a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DocumentsOf(pub(crate) Uuid);

impl Loader<DocumentsOf> for View {
    type Value = Vec<Model>;
    type Error = Error;

    async fn load(&self, keys: &[DocumentsOf]) -> Result<HashMap<DocumentsOf, Vec<Model>>> {
        let requirements = keys.iter().map(|key| key.0);
        let mut select = Entity::find()
            .filter(Expr::col((Entity, Column::RequirementId)).is_in(requirements))
            .filter(self.scope.rows(
                (requirement::Entity, requirement::Column::NetworkId),
                (requirement::Entity, requirement::Column::UnitId),
            ))
            .order_by(Expr::col((Entity, Column::Id)), Order::Desc);
        let its_own =
            Expr::col((requirement::Entity, requirement::Column::Id)).equals((Entity, Column::RequirementId));
        QueryTrait::query(&mut select).join(JoinType::InnerJoin, requirement::Entity, its_own);
        let mut documents: HashMap<DocumentsOf, Vec<Model>> = HashMap::new();
        for row in select.all(&self.database).await? {
            documents.entry(DocumentsOf(row.requirement_id)).or_default().push(row);
        }
        Ok(documents)
    }
}
