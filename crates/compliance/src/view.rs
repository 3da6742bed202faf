//! What one request sees: the rows in the caller's scope, on one day, read in batches.

use std::sync::Arc;

use async_graphql::{Context, Request};
use sea_orm::DatabaseConnection;
use subgraph::answers::Asked;
use subgraph::caller::{Caller, Permission, Scope};
use subgraph::error::{Error, Result};
use subgraph::loader::DataLoader;

use crate::alert::loader::{AlertsBelow, AlertsOf};
use crate::calendar::{Calendar, Clock};
use crate::document::loader::DocumentsOf;
use crate::requirement::loader::{ById, PageOf};
use crate::review::loader::ReviewsOf;

/// The database through the eyes of one caller at one instant.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) database: DatabaseConnection,
    /// Units whose compliance records the caller may read.
    pub(crate) scope: Scope,
    pub(crate) calendar: Arc<Calendar>,
}

/// Reads edges and entities in batches, one loader for each kind of key.
pub(crate) struct Batches {
    pub(crate) requirements: DataLoader<ById, View>,
    pub(crate) requirement_pages: DataLoader<PageOf, View>,
    pub(crate) reviews: DataLoader<ReviewsOf, View>,
    pub(crate) documents: DataLoader<DocumentsOf, View>,
    pub(crate) alerts: DataLoader<AlertsOf, View>,
    pub(crate) alert_pages: DataLoader<AlertsBelow, View>,
}

/// Adds the view and its batches to a request.
pub(crate) fn prepare(request: Request, database: &DatabaseConnection, caller: &Arc<Caller>) -> Request {
    let view = View {
        database: database.clone(),
        scope: caller.scope(Permission::ReadCompliance),
        calendar: Arc::new(Calendar::new(Clock::of(&request))),
    };
    let batches = Batches {
        requirements: DataLoader::new(view.clone()),
        requirement_pages: DataLoader::new(view.clone()),
        reviews: DataLoader::new(view.clone()),
        documents: DataLoader::new(view.clone()),
        alerts: DataLoader::new(view.clone()),
        alert_pages: DataLoader::new(view.clone()),
    };
    let asked = Asked::new(database, view.scope.clone());
    request.data(view).data(batches).data(asked)
}

/// Typed access to what [`prepare`] puts into every request.
pub(crate) trait ViewContext<'a> {
    fn view(&self) -> Result<&'a View>;
    fn batches(&self) -> Result<&'a Batches>;
}

impl<'a> ViewContext<'a> for Context<'a> {
    fn view(&self) -> Result<&'a View> {
        self.data().map_err(|error| Error::internal(error.message))
    }

    fn batches(&self) -> Result<&'a Batches> {
        self.data().map_err(|error| Error::internal(error.message))
    }
}
