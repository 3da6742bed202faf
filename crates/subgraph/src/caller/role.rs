//! Roles and what each allows: a table, so that it can be read and tested.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// What a person is on a unit and everything below it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Owns the unit: everything, including who else has access.
    #[sea_orm(string_value = "OWNER")]
    Owner,
    /// Runs the unit on behalf of its owner: everything an owner may do.
    #[sea_orm(string_value = "ADMIN")]
    Admin,
    /// Manages units: changes them, enters facts and reviews, but neither structure nor access.
    #[sea_orm(string_value = "MANAGER")]
    Manager,
    /// Operates locations under a franchise agreement: sees its own figures and keeps its own records.
    #[sea_orm(string_value = "FRANCHISEE")]
    Franchisee,
    /// Keeps requirements and reviews.
    #[sea_orm(string_value = "COMPLIANCE_OFFICER")]
    ComplianceOfficer,
    /// Reads all figures.
    #[sea_orm(string_value = "ANALYST")]
    Analyst,
    /// Reads units and compliance, but no figures.
    #[sea_orm(string_value = "VIEWER")]
    Viewer,
}

/// Something that may be done on a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter)]
pub enum Permission {
    /// See units and the people responsible for them.
    ReadUnits,
    /// Create networks and own them. Counts only where it is held on a whole network: whoever runs a part of one
    /// founds no other.
    CreateNetworks,
    /// Change a unit's own data, and its status except for what [`Permission::SuspendUnits`] is for.
    WriteUnits,
    /// Put a unit out of business against its operator's will, and lift that again: the franchisor's right. Counts
    /// only where it is held on a whole network: whoever runs a part of one operates it.
    SuspendUnits,
    /// Create and move units below this one.
    WriteStructure,
    /// See who has access.
    ReadMembers,
    /// Give and take access.
    WriteMembers,
    /// See performance figures.
    ReadFigures,
    /// Enter performance facts.
    WriteFacts,
    /// See requirements, reviews, scores and alerts.
    ReadCompliance,
    /// Keep requirements, record reviews, acknowledge alerts.
    WriteCompliance,
    /// See connections and their health.
    ReadIntegrations,
    /// Keep connections and start sync runs.
    WriteIntegrations,
}

impl Permission {
    /// For messages: "you may not ...".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::ReadUnits => "see units",
            Self::CreateNetworks => "create networks",
            Self::WriteUnits => "change units",
            Self::SuspendUnits => {
                "suspend units or lift a suspension, which is for owners and admins of the network"
            }
            Self::WriteStructure => "create or move units",
            Self::ReadMembers => "see memberships",
            Self::WriteMembers => "change memberships",
            Self::ReadFigures => "see performance figures",
            Self::WriteFacts => "enter performance facts",
            Self::ReadCompliance => "see compliance records",
            Self::WriteCompliance => "change compliance records",
            Self::ReadIntegrations => "see integrations",
            Self::WriteIntegrations => "change integrations",
        }
    }
}

impl Role {
    /// Whether the role includes a permission. What is not listed is denied.
    pub fn allows(self, permission: Permission) -> bool {
        use Permission::{
            ReadCompliance, ReadFigures, ReadIntegrations, ReadMembers, ReadUnits, WriteCompliance,
            WriteFacts, WriteIntegrations, WriteUnits,
        };
        let allowed: &[Permission] = match self {
            Self::Owner | Self::Admin => return true,
            Self::Manager => &[
                ReadUnits,
                WriteUnits,
                ReadMembers,
                ReadFigures,
                WriteFacts,
                ReadCompliance,
                WriteCompliance,
                ReadIntegrations,
                WriteIntegrations,
            ],
            Self::Franchisee => &[
                ReadUnits,
                ReadMembers,
                ReadFigures,
                WriteFacts,
                ReadCompliance,
                WriteCompliance,
                ReadIntegrations,
            ],
            Self::ComplianceOfficer => &[ReadUnits, ReadMembers, ReadCompliance, WriteCompliance],
            Self::Analyst => &[ReadUnits, ReadFigures, ReadCompliance, ReadIntegrations],
            Self::Viewer => &[ReadUnits, ReadCompliance],
        };
        allowed.contains(&permission)
    }

    /// Whether someone with this role on a unit may give and take the other role there and below: whoever changes
    /// access at all, and nobody more than they have.
    pub fn may_grant(self, other: Self) -> bool {
        self.allows(Permission::WriteMembers) && self.includes(other)
    }

    /// Whether this role includes everything the other allows: only then may a token narrow to the other.
    pub fn includes(self, other: Self) -> bool {
        use sea_orm::Iterable;
        Permission::iter().all(|permission| !other.allows(permission) || self.allows(permission))
    }
}

#[cfg(test)]
mod tests {
    use super::{Permission, Role};

    #[test]
    fn only_owners_and_admins_change_access_and_structure() {
        use sea_orm::Iterable;
        for role in Role::iter() {
            let top = matches!(role, Role::Owner | Role::Admin);
            assert_eq!(role.allows(Permission::WriteMembers), top, "{role:?}");
            assert_eq!(role.allows(Permission::WriteStructure), top, "{role:?}");
            assert_eq!(role.allows(Permission::CreateNetworks), top, "{role:?}");
            assert_eq!(role.allows(Permission::SuspendUnits), top, "{role:?}");
            for other in Role::iter() {
                assert_eq!(role.may_grant(other), top, "{role:?} grants {other:?}");
            }
        }
    }

    #[test]
    fn a_viewer_sees_no_figures() {
        assert!(!Role::Viewer.allows(Permission::ReadFigures));
    }

    #[test]
    fn roles_narrow_only_downwards() {
        assert!(Role::Owner.includes(Role::Analyst));
        assert!(Role::Manager.includes(Role::Franchisee));
        assert!(!Role::Analyst.includes(Role::Manager));
        assert!(
            !Role::ComplianceOfficer.includes(Role::Viewer)
                || Role::ComplianceOfficer.allows(Permission::ReadUnits)
        );
    }
}
