//! The life cycle of every unit: which steps there are is decided here and nowhere else.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use subgraph::directory::UnitKind;

use super::kind_name;

/// Where a unit is in its life.
///
/// | from | to |
/// |---|---|
/// | `PENDING` | `DEVELOPMENT`, `TERMINATED` |
/// | `DEVELOPMENT` | `ACTIVE`, `SUSPENDED`, `TERMINATED` |
/// | `ACTIVE` | `INACTIVE`, `SUSPENDED`, `TERMINATED` |
/// | `INACTIVE` | `DEVELOPMENT`, `ACTIVE`, `SUSPENDED`, `TERMINATED` |
/// | `SUSPENDED` | `DEVELOPMENT`, `ACTIVE`, `INACTIVE`, `TERMINATED` |
/// | `TERMINATED` | nothing: a terminated unit stays so |
///
/// Who may change a unit takes these steps, except those to and from `SUSPENDED`: they are the franchisor's, for
/// owners and admins of the whole network. So are moves into and out of what is `SUSPENDED`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UnitStatus {
    /// Agreed but not begun.
    #[sea_orm(string_value = "PENDING")]
    Pending,
    /// Being built up.
    #[sea_orm(string_value = "DEVELOPMENT")]
    Development,
    /// In business.
    #[sea_orm(string_value = "ACTIVE")]
    Active,
    /// Out of business by its operator's choice, for example for renovation; may come back.
    #[sea_orm(string_value = "INACTIVE")]
    Inactive,
    /// Out of business by the franchisor's order; may come back.
    #[sea_orm(string_value = "SUSPENDED")]
    Suspended,
    /// Ended for good.
    #[sea_orm(string_value = "TERMINATED")]
    Terminated,
}

impl UnitStatus {
    /// The statuses that may follow.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Pending => &[Self::Development, Self::Terminated],
            Self::Development => &[Self::Active, Self::Suspended, Self::Terminated],
            Self::Active => &[Self::Inactive, Self::Suspended, Self::Terminated],
            Self::Inactive => &[Self::Development, Self::Active, Self::Suspended, Self::Terminated],
            Self::Suspended => &[Self::Development, Self::Active, Self::Inactive, Self::Terminated],
            Self::Terminated => &[],
        }
    }

    /// Whether a unit may go from here to another status.
    pub fn may_become(self, next: Self) -> bool {
        self.next().contains(&next)
    }

    /// Refuses a status that may not follow, in words that say which may.
    pub(crate) fn step(self, next: Self) -> Result<(), String> {
        if self.may_become(next) {
            return Ok(());
        }
        let following: Vec<&str> = self.next().iter().map(|status| status.as_str()).collect();
        if following.is_empty() {
            return Err(format!("the unit is {}, which is final", self.as_str()));
        }
        Err(format!(
            "the unit is {} and cannot become {}: next may be {}",
            self.as_str(),
            next.as_str(),
            following.join(", ")
        ))
    }

    /// Refuses to put units below one of a kind that has ended.
    pub(crate) fn holds_more(self, kind: UnitKind) -> Result<(), String> {
        if self == Self::Terminated {
            return Err(format!("the {} is TERMINATED: nothing can be below it any more", kind_name(kind)));
        }
        Ok(())
    }

    /// Refuses to move a unit of a kind that has ended.
    pub(crate) fn moves(self, kind: UnitKind) -> Result<(), String> {
        if self == Self::Terminated {
            return Err(format!("the {} is TERMINATED: it stays where it was", kind_name(kind)));
        }
        Ok(())
    }

    /// The spelling in the API, the database and the directory.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Development => "DEVELOPMENT",
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::Terminated => "TERMINATED",
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::InputType;
    use sea_orm::{ActiveEnum, Iterable};

    use super::UnitStatus::{self, Active, Development, Inactive, Pending, Suspended, Terminated};

    #[test]
    fn every_pair_of_statuses_is_a_step_or_refused() {
        let steps = [
            (Pending, Development),
            (Pending, Terminated),
            (Development, Active),
            (Development, Suspended),
            (Development, Terminated),
            (Active, Inactive),
            (Active, Suspended),
            (Active, Terminated),
            (Inactive, Development),
            (Inactive, Active),
            (Inactive, Suspended),
            (Inactive, Terminated),
            (Suspended, Development),
            (Suspended, Active),
            (Suspended, Inactive),
            (Suspended, Terminated),
        ];
        for from in UnitStatus::iter() {
            for to in UnitStatus::iter() {
                assert_eq!(from.may_become(to), steps.contains(&(from, to)), "{from:?} -> {to:?}");
            }
        }
    }

    #[test]
    fn the_api_the_database_and_the_directory_spell_a_status_alike() {
        for status in UnitStatus::iter() {
            assert_eq!(ActiveEnum::to_value(&status), status.as_str());
            assert_eq!(
                InputType::to_value(&status),
                async_graphql::Value::Enum(async_graphql::Name::new(status.as_str()))
            );
        }
    }
}
