//! Who satisfies the policies that fields ask for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;

/// Who satisfies a policy: known callers for whom all that is said here holds; all known callers if nothing is.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// They have one of these roles.
    pub roles: Vec<String>,
    /// They hold all of these scopes.
    pub scopes: Vec<String>,
    /// Their token has these claims, each with one of the values: as its text, as a name in a list or in a text of names, or as
    /// a number, `true` or `false`, written here as text.
    pub claims: BTreeMap<String, Vec<String>>,
}

pub(super) fn check(policies: &BTreeMap<String, PolicyConfig>, problems: &mut Vec<Problem>) {
    for (name, policy) in policies {
        for (claim, values) in &policy.claims {
            if values.is_empty() {
                let key = format!("callers.policies.{name}.claims.{claim}");
                problems.push(Problem::of_key(key, "names no value, so nobody satisfies the policy"));
            }
        }
    }
}
