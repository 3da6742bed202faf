//! Where a unit is in the tree, and what that lets a caller do.

use subgraph::caller::{Caller, Permission};
use subgraph::directory::{UnitKind, unit as directory};
use subgraph::{Error, Result};
use uuid::Uuid;

/// A unit with the ids of the units above it; at its own level stands its own id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) kind: UnitKind,
    pub(crate) id: Uuid,
    pub(crate) network: Uuid,
    pub(crate) region: Option<Uuid>,
    pub(crate) group: Option<Uuid>,
}

impl Place {
    pub(crate) fn network(id: Uuid) -> Self {
        Self { kind: UnitKind::Network, id, network: id, region: None, group: None }
    }

    pub(crate) fn region(id: Uuid, network: Uuid) -> Self {
        Self { kind: UnitKind::Region, id, network, region: Some(id), group: None }
    }

    pub(crate) fn group(id: Uuid, network: Uuid, region: Uuid) -> Self {
        Self { kind: UnitKind::Group, id, network, region: Some(region), group: Some(id) }
    }

    pub(crate) fn location(id: Uuid, network: Uuid, region: Uuid, group: Uuid) -> Self {
        Self { kind: UnitKind::Location, id, network, region: Some(region), group: Some(group) }
    }

    /// The unit itself or the unit above it at a level; none below.
    pub(crate) fn at(&self, kind: UnitKind) -> Option<Uuid> {
        match kind {
            UnitKind::Network => Some(self.network),
            UnitKind::Region => self.region,
            UnitKind::Group => self.group,
            UnitKind::Location => (self.kind == UnitKind::Location).then_some(self.id),
        }
    }

    /// The place of the unit directly above.
    pub(crate) fn above(&self) -> Option<Self> {
        match self.parent()? {
            (UnitKind::Network, id) => Some(Self::network(id)),
            (UnitKind::Region, id) => Some(Self::region(id, self.network)),
            (UnitKind::Group, id) => Some(Self::group(id, self.network, self.region?)),
            (UnitKind::Location, _) => None,
        }
    }

    /// The unit directly above.
    pub(crate) fn parent(&self) -> Option<(UnitKind, Uuid)> {
        let kind = match self.kind {
            UnitKind::Network => return None,
            UnitKind::Region => UnitKind::Network,
            UnitKind::Group => UnitKind::Region,
            UnitKind::Location => UnitKind::Group,
        };
        self.at(kind).map(|id| (kind, id))
    }

    /// The unit and all above it.
    pub(crate) fn path(&self) -> impl Iterator<Item = Uuid> {
        let location = (self.kind == UnitKind::Location).then_some(self.id);
        [Some(self.network), self.region, self.group, location].into_iter().flatten()
    }

    /// Whether a caller has a permission here: by a grant on the unit or on one above it.
    pub(crate) fn allows(&self, caller: &Caller, permission: Permission) -> bool {
        caller
            .grants
            .iter()
            .any(|grant| grant.role.allows(permission) && self.at(grant.kind) == Some(grant.unit))
    }

    /// Refuses a caller who sees the unit only because something below it is theirs.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub(crate) fn require(&self, caller: &Caller, permission: Permission) -> Result<()> {
        if self.allows(caller, permission) {
            return Ok(());
        }
        Err(Error::Forbidden(format!(
            "your roles do not allow you to {} on {} {}",
            permission.phrase(),
            kind_name(self.kind),
            self.id
        )))
    }
}

impl From<&directory::Model> for Place {
    fn from(row: &directory::Model) -> Self {
        Self {
            kind: row.kind,
            id: row.id,
            network: row.network_id,
            region: row.region_id,
            group: row.group_id,
        }
    }
}

/// A level in a sentence.
pub(crate) fn kind_name(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Network => "network",
        UnitKind::Region => "region",
        UnitKind::Group => "group",
        UnitKind::Location => "location",
    }
}
