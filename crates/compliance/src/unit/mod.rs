//! What compliance adds to a franchise unit.

mod place;

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, Object};
use subgraph::error::{Error, Result};
use subgraph::page::{Cursor, Page};
use subgraph::sdl::directives::{cost, list_size};
use uuid::Uuid;

pub(crate) use place::{Place, Places};

use crate::requirement::Requirement;
use crate::requirement::list::{List, RequirementFilter, RequirementSort};
use crate::requirement::loader::PageOf;
use crate::score::{ComplianceScore, ScoreOf};
use crate::view::{ViewContext, shared};

/// A network, region, group or location, known here by its id.
pub struct FranchiseUnit {
    id: Uuid,
    time_zone: Option<String>,
}

impl FranchiseUnit {
    /// A unit that something in this service refers to.
    pub(crate) fn new(id: Uuid) -> Self {
        Self { id, time_zone: None }
    }
}
