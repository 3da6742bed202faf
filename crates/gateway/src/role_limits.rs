//! Which limits of operations a caller has, by the roles of its token.

use std::collections::{BTreeMap, HashMap};

use federation::operation::Limits;

use crate::caller::Caller;
use crate::config::{LimitSet, LimitsConfig, ShadowConfig};

/// Limits of everybody, of callers without a token, and by role.
pub(crate) struct RoleLimits {
    everyone: Limits,
    anonymous: Limits,
    roles: HashMap<String, Limits>,
    loosest: Limits,
}

impl RoleLimits {
    /// Those that are enforced.
    pub(crate) fn enforced(config: &LimitsConfig) -> Self {
        Self::new(config.operation(), &config.anonymous, &config.roles)
    }

    /// Those that are only reported, if there are any.
    pub(crate) fn shadow(config: &ShadowConfig) -> Option<Self> {
        let unlimited = Limits {
            document_bytes: usize::MAX,
            tokens: usize::MAX,
            definitions: usize::MAX,
            nesting: usize::MAX,
            depth: usize::MAX,
            selections: usize::MAX,
            aliases: usize::MAX,
            root_fields: usize::MAX,
            directives: usize::MAX,
            ..Limits::default()
        };
        let everyone = config.everyone.over(&unlimited);
        (!config.is_empty()).then(|| Self::new(everyone, &config.anonymous, &config.roles))
    }

    fn new(everyone: Limits, anonymous: &LimitSet, roles: &BTreeMap<String, LimitSet>) -> Self {
        let anonymous = anonymous.over(&everyone);
        let roles: HashMap<_, _> =
            roles.iter().map(|(role, limits)| (role.clone(), limits.over(&everyone))).collect();
        let loosest = roles.values().fold(looser(&everyone, &anonymous), |all, one| looser(&all, one));
        Self { everyone, anonymous, roles, loosest }
    }

    /// No caller has looser ones.
    pub(crate) fn loosest(&self) -> &Limits {
        &self.loosest
    }

    /// The limits of a caller. Of several roles each limit is the loosest.
    pub(crate) fn of(&self, caller: &Caller, claim: &str) -> Limits {
        if caller.is_anonymous() {
            return self.anonymous.clone();
        }
        let known = caller.names(claim).filter_map(|role| self.roles.get(role));
        let own = known.fold(None, |all: Option<Limits>, one| match all {
            Some(all) => Some(looser(&all, one)),
            None => Some(one.clone()),
        });
        own.unwrap_or_else(|| self.everyone.clone())
    }
}

/// Of each limit the looser one.
fn looser(a: &Limits, b: &Limits) -> Limits {
    Limits {
        document_bytes: a.document_bytes.max(b.document_bytes),
        tokens: a.tokens.max(b.tokens),
        depth: a.depth.max(b.depth),
        selections: a.selections.max(b.selections),
        aliases: a.aliases.max(b.aliases),
        root_fields: a.root_fields.max(b.root_fields),
        cost: a.cost.max(b.cost),
        ..a.clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn set(depth: Option<usize>, cost: Option<u64>) -> LimitSet {
        LimitSet { max_depth: depth, max_cost: cost, ..LimitSet::default() }
    }

    #[test]
    fn of_several_roles_each_limit_is_the_loosest() {
        let roles = [
            ("ANALYST", set(Some(5), Some(1000))),
            ("PARTNER", set(Some(30), Some(10))),
            ("TIGHT", set(Some(2), None)),
        ];
        let config = LimitsConfig {
            max_depth: 20,
            max_cost: Some(100),
            anonymous: set(None, Some(1)),
            roles: roles.map(|(role, set)| (role.to_owned(), set)).into(),
            ..LimitsConfig::default()
        };
        let limits = RoleLimits::enforced(&config);
        let cases: [(Option<Value>, (usize, u64)); 8] = [
            (None, (20, 1)),
            (Some(json!(null)), (20, 100)),
            (Some(json!([])), (20, 100)),
            (Some(json!(["OTHER", 7])), (20, 100)),
            (Some(json!(["ANALYST"])), (5, 1000)),
            (Some(json!("ANALYST OTHER")), (5, 1000)),
            (Some(json!(["PARTNER", "ANALYST"])), (30, 1000)),
            (Some(json!(["TIGHT"])), (2, 100)),
        ];
        for (roles, expected) in cases {
            let caller = match roles.clone() {
                None => Caller::anonymous(),
                Some(roles) => {
                    Caller::identified("ann", [("groups".to_owned(), roles)].into_iter().collect())
                }
            };
            let found = limits.of(&caller, "groups");
            assert_eq!((found.depth, found.cost), expected, "{roles:?}");
        }
        assert_eq!((limits.loosest().depth, limits.loosest().cost), (30, 1000));
    }
}
