//! Which part of the schema callers see.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;

/// A part of the schema. To callers who see it the rest does not exist: neither in the schema they are told, nor in
/// what they may ask, nor in what errors say.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContractConfig {
    /// Whether callers without a token see it.
    pub anonymous: bool,
    /// The roles of which any makes a caller see it. Neither these nor `anonymous`: all callers do.
    pub roles: Vec<String>,
    /// Unless empty, fields are seen only if they or their type have one of these tags (`@tag`). Enums, scalars and
    /// input objects are seen where a field leads to them.
    pub include_tags: Vec<String>,
    /// What has one of these tags is not seen, whatever other tags it has.
    pub exclude_tags: Vec<String>,
    /// Whether fields are hidden from each caller who does not hold what they need (`@authenticated`, `@requiresScopes`,
    /// `@policy`). Otherwise they are seen, and denied.
    pub hide_protected: bool,
    /// Scopes for which `hide_protected` hides nothing, whether a caller holds them or not.
    pub scopes: Vec<String>,
    /// Policies for which `hide_protected` hides nothing, whether a caller satisfies them or not.
    pub policies: Vec<String>,
    /// How many parts of the schema are kept for callers who hold different scopes and policies, for `hide_protected`. Those
    /// used longest ago are made again when they are asked for.
    pub max_variants: usize,
}

impl Default for ContractConfig {
    fn default() -> Self {
        Self {
            anonymous: false,
            roles: Vec::new(),
            include_tags: Vec::new(),
            exclude_tags: Vec::new(),
            hide_protected: false,
            scopes: Vec::new(),
            policies: Vec::new(),
            max_variants: 32,
        }
    }
}

/// Contracts in the order in which they are tried.
pub(super) fn check(contracts: &[ContractConfig], problems: &mut Vec<Problem>) {
    let mut problem = |index: usize, key: &str, message: String| {
        problems.push(Problem::of_key(format!("contracts[{index}]{key}"), message));
    };
    let mut anonymous = None;
    let mut everyone = None;
    let mut roles: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, contract) in contracts.iter().enumerate() {
        if let Some(first) = everyone {
            problem(index, "", format!("is never reached: `contracts[{first}]` is for all callers"));
            continue;
        }
        if contract.include_tags.is_empty() && contract.exclude_tags.is_empty() && !contract.hide_protected {
            let message = "hides nothing; set `include_tags`, `exclude_tags` or `hide_protected`";
            problem(index, "", message.to_owned());
        }
        let included: BTreeSet<_> = contract.include_tags.iter().collect();
        if let Some(both) = contract.exclude_tags.iter().find(|tag| included.contains(tag)) {
            problem(index, ".exclude_tags", format!("`{both}` is included as well; remove one"));
        }
        if !contract.scopes.is_empty() && !contract.hide_protected {
            problem(index, ".scopes", "has no effect without `hide_protected`".to_owned());
        }
        if !contract.policies.is_empty() && !contract.hide_protected {
            problem(index, ".policies", "has no effect without `hide_protected`".to_owned());
        }
        if !(1..=1000).contains(&contract.max_variants) {
            problem(index, ".max_variants", "must be 1 to 1000".to_owned());
        }
        if contract.is_for_everyone() {
            everyone = Some(index);
        }
        if contract.anonymous
            && let Some(first) = anonymous.replace(index)
        {
            problem(index, ".anonymous", format!("`contracts[{first}]` is for these callers already"));
        }
        for role in &contract.roles {
            if let Some(first) = roles.insert(role, index) {
                problem(index, ".roles", format!("`contracts[{first}]` is for the role `{role}` already"));
            }
        }
    }
}

impl ContractConfig {
    /// Whether nobody is named who sees it.
    #[must_use]
    pub fn is_for_everyone(&self) -> bool {
        !self.anonymous && self.roles.is_empty()
    }
}
