//! What one request sees: the rows in the caller's scope, on one day, read in batches.

use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Request};
use sea_orm::DatabaseConnection;
use subgraph::caller::{Caller, Permission, Scope};
use subgraph::error::{Error, Result};

use crate::calendar::{Calendar, Clock};

/// The database through the eyes of one caller at one instant.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) database: DatabaseConnection,
    /// Units whose compliance records the caller may read.
    pub(crate) scope: Scope,
    pub(crate) calendar: Arc<Calendar>,
}

/// Reads edges and entities in batches; each folder implements `Loader` on it for its own keys.
pub(crate) type Batches = DataLoader<View>;

/// Adds the view and its batches to a request.
pub(crate) fn prepare(request: Request, database: &DatabaseConnection, caller: &Arc<Caller>) -> Request {
    let view = View {
        database: database.clone(),
        scope: caller.scope(Permission::ReadCompliance),
        calendar: Arc::new(Calendar::new(Clock::of(&request))),
    };
    let batches: Batches = DataLoader::new(view.clone(), tokio::spawn);
    request.data(view).data(batches)
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
