//! Which part of the schema callers see.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;

/// A part of the schema. To callers who see it the rest does not exist: neither in the schema they are told, nor in
/// what they may ask, nor in what errors say.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
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
    /// Whether fields are hidden that need more than these callers hold (`@authenticated`, `@requiresScopes`,
    /// `@policy`). Otherwise they are seen, and denied.
    pub hide_protected: bool,
    /// The scopes that these callers hold at least, for `hide_protected`.
    pub scopes: Vec<String>,
    /// The policies that these callers satisfy at least, for `hide_protected`.
    pub policies: Vec<String>,
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
