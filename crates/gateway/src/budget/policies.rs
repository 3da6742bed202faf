//! Which budget a caller has, by the roles of its token.

use std::collections::{BTreeMap, HashMap};

use super::bucket::Policy;
use crate::caller::Caller;
use crate::config::{BudgetConfig, LimitSet, LimitsConfig, ShadowConfig};

/// Budgets of everybody, of callers without a token, and by role; `None` is no bound.
pub(super) struct Policies {
    everyone: Option<Policy>,
    anonymous: Option<Policy>,
    roles: HashMap<String, Option<Policy>>,
}

impl Policies {
    /// Those that are enforced, if there are any.
    pub(super) fn enforced(config: &LimitsConfig) -> Option<Self> {
        Self::new(config.budget, &config.anonymous, &config.roles)
    }

    /// Those that are only reported, if there are any.
    pub(super) fn shadow(config: &ShadowConfig) -> Option<Self> {
        Self::new(config.everyone.budget, &config.anonymous, &config.roles)
    }

    fn new(
        everyone: Option<BudgetConfig>,
        anonymous: &LimitSet,
        roles: &BTreeMap<String, LimitSet>,
    ) -> Option<Self> {
        let of = |set: &LimitSet| set.budget.or(everyone).map(Policy::from);
        let policies = Self {
            everyone: everyone.map(Policy::from),
            anonymous: of(anonymous),
            roles: roles.iter().map(|(role, set)| (role.clone(), of(set))).collect(),
        };
        let Self { everyone, anonymous, roles } = &policies;
        let any = [everyone, anonymous].into_iter().chain(roles.values()).any(Option::is_some);
        any.then_some(policies)
    }

    /// The budget of a caller. Of several roles each number is the most permissive.
    pub(super) fn of(&self, caller: &Caller, claim: &str) -> Option<Policy> {
        if caller.is_anonymous() {
            return self.anonymous;
        }
        let known = caller.names(claim).filter_map(|role| self.roles.get(role)).copied();
        known.reduce(|a, b| Some(a?.looser(b?))).unwrap_or(self.everyone)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(budget: Option<BudgetConfig>) -> LimitSet {
        LimitSet { budget, ..LimitSet::default() }
    }

    #[test]
    fn budgets_are_those_of_the_callers_roles() {
        let budget = |per_minute, capacity| Some(BudgetConfig { per_minute, capacity: Some(capacity) });
        let roles = [("FAST", set(budget(100, 10))), ("DEEP", set(budget(10, 100))), ("PLAIN", set(None))];
        let config = LimitsConfig {
            budget: budget(50, 50),
            anonymous: set(budget(1, 1)),
            roles: roles.clone().map(|(role, set)| (role.to_owned(), set)).into(),
            ..LimitsConfig::default()
        };
        let policies = Policies::enforced(&config).unwrap();
        let of = |policies: &Policies, roles: &[&str]| {
            let claims = [("roles".to_owned(), json!(roles))].into_iter().collect();
            let policy = policies.of(&Caller::identified("ann", claims), "roles");
            policy.map(|policy| (policy.per_minute, policy.capacity))
        };
        let cases: [(&[&str], _); 7] = [
            (&[], (50, 50)),
            (&["OTHER"], (50, 50)),
            (&["FAST"], (100, 10)),
            (&["PLAIN"], (50, 50)),
            (&["FAST", "DEEP"], (100, 100)),
            (&["DEEP", "OTHER"], (10, 100)),
            (&["DEEP", "PLAIN"], (50, 100)),
        ];
        for (roles, expected) in cases {
            assert_eq!(of(&policies, roles), Some(expected), "{roles:?}");
        }
        assert_eq!(policies.of(&Caller::anonymous(), "roles").unwrap().per_minute, 1);

        // Where everybody has no bound, some roles may have one.
        let some = LimitsConfig { budget: None, ..config };
        let policies = Policies::enforced(&some).unwrap();
        let cases: [(&[&str], _); 4] =
            [(&[], None), (&["FAST"], Some((100, 10))), (&["PLAIN"], None), (&["FAST", "PLAIN"], None)];
        for (roles, expected) in cases {
            assert_eq!(of(&policies, roles), expected, "{roles:?}");
        }
        assert!(Policies::enforced(&LimitsConfig::default()).is_none());
    }
}
