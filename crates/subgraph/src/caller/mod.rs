//! Who asks, and what they may see and do.
//!
//! The gateway's signed [`token`] says who; the [`crate::directory`] says which grants that person holds;
//! [`role`] says what a grant allows. From these a [`Caller`] yields a [`Scope`] per permission, which every
//! store function takes and turns into SQL.

pub mod role;
pub mod scope;
pub mod token;

use uuid::Uuid;

pub use role::{Permission, Role};
pub use scope::Scope;

use crate::directory::UnitKind;
use crate::error::{Error, Result};

/// A role on a unit, inherited by everything below the unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What may be done.
    pub role: Role,
    /// The level of the unit.
    pub kind: UnitKind,
    /// The unit.
    pub unit: Uuid,
}

/// A person with the grants in force for this request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person.
    pub person: Uuid,
    /// Empty means that nothing may be seen.
    pub grants: Vec<Grant>,
}

impl Caller {
    /// The units on which the caller has a permission.
    pub fn scope(&self, permission: Permission) -> Scope {
        let mut scope = Scope::default();
        for grant in self.grants.iter().filter(|grant| grant.role.allows(permission)) {
            scope.add(grant.kind, grant.unit);
        }
        scope
    }

    /// The scope for a permission that the caller must hold somewhere.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when no grant of the caller has it.
    pub fn require(&self, permission: Permission) -> Result<Scope> {
        let scope = self.scope(permission);
        if scope.is_empty() {
            return Err(Error::Forbidden(format!(
                "none of your roles allows you to {}",
                permission.phrase()
            )));
        }
        Ok(scope)
    }
}
