//! Which policies a caller satisfies (`@policy`).

use std::collections::BTreeSet;
use std::sync::Arc;

use federation::Permissions;
use federation::graph::Graph;
use serde_json::{Number, Value};

use super::Caller;
use crate::config::{CallerConfig, PolicyConfig};

/// The policies of a configuration.
pub(crate) struct Policies {
    rules: Vec<(Arc<str>, PolicyConfig)>,
    roles_claim: String,
}

impl Policies {
    pub(crate) fn new(config: &CallerConfig) -> Self {
        let rules = config.policies.iter().map(|(name, rule)| (name.as_str().into(), rule.clone()));
        Self { rules: rules.collect(), roles_claim: config.roles_claim().to_owned() }
    }

    /// What a caller may read, with the policies it satisfies.
    pub(crate) fn permissions(&self, caller: &Caller) -> Permissions {
        let satisfied = self.rules.iter().filter(|(_, rule)| self.satisfies(caller, rule));
        let policies = satisfied.map(|(name, _)| name.clone()).collect();
        Permissions { policies, ..caller.permissions() }
    }

    fn satisfies(&self, caller: &Caller, rule: &PolicyConfig) -> bool {
        let has_role = |role: &String| caller.names(&self.roles_claim).any(|name| name == role);
        let has_scope = |scope: &String| caller.names("scope").any(|name| name == scope);
        let has_value = |claim: &str, value: &String| match caller.claim(claim) {
            Some(Value::String(text)) if text == value => true,
            Some(Value::Bool(flag)) => value.parse() == Ok(*flag),
            Some(Value::Number(number)) => value.parse::<Number>().is_ok_and(|value| value == *number),
            _ => caller.names(claim).any(|name| name == value),
        };
        !caller.is_anonymous()
            && (rule.roles.is_empty() || rule.roles.iter().any(has_role))
            && rule.scopes.iter().all(has_scope)
            && rule.claims.iter().all(|(claim, values)| values.iter().any(|value| has_value(claim, value)))
    }

    /// Tells of policies that only the schema or only the configuration names: one of the two is probably misspelled.
    pub(crate) fn compare(&self, graph: &Graph) {
        let (asked, known) = (graph.policies(), self.rules.iter().map(|(name, _)| &**name));
        let known: BTreeSet<&str> = known.collect();
        for name in asked.difference(&known) {
            tracing::warn!(
                policy = name,
                "the schema asks for a policy that `callers.policies` does not name: nobody reads what it protects"
            );
        }
        for name in known.difference(&asked) {
            tracing::warn!(
                policy = name,
                "`callers.policies` names a policy that nothing in the schema asks for"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_policy_holds_for_whom_all_of_it_is_true() {
        let cases = [
            ("{}", json!({}), true),
            ("{ roles: [AUDITOR, OWNER] }", json!({ "roles": ["OWNER"] }), true),
            ("{ roles: [AUDITOR] }", json!({ "roles": ["OWNER"] }), false),
            ("{ scopes: [a, b] }", json!({ "scope": "b c a" }), true),
            ("{ scopes: [a, b] }", json!({ "scope": "a" }), false),
            ("{ claims: { tenant: [acme, apex] } }", json!({ "tenant": "apex" }), true),
            ("{ claims: { tenant: [acme] } }", json!({ "tenant": "acme corp" }), true),
            ("{ claims: { tenant: [acme corp] } }", json!({ "tenant": "acme corp" }), true),
            ("{ claims: { tenant: [acme] } }", json!({ "tenant": ["apex", "acme"] }), true),
            ("{ claims: { tenant: [acme] } }", json!({ "tenant": "acm" }), false),
            ("{ claims: { tenant: [acme] } }", json!({}), false),
            ("{ claims: { verified: ['true'] } }", json!({ "verified": true }), true),
            ("{ claims: { verified: ['true'] } }", json!({ "verified": false }), false),
            ("{ claims: { level: ['3', '4'] } }", json!({ "level": 4 }), true),
            ("{ roles: [OWNER], scopes: [a] }", json!({ "roles": ["OWNER"], "scope": "a" }), true),
            ("{ roles: [OWNER], scopes: [a] }", json!({ "roles": ["OWNER"], "scope": "b" }), false),
        ];
        for (rule, claims, expected) in cases {
            let config: CallerConfig =
                serde_saphyr::from_str(&format!("policies: {{ tested: {rule} }}")).unwrap();
            let policies = Policies::new(&config);
            let caller = Caller::identified("ann", claims.as_object().unwrap().clone());
            let satisfied = policies.permissions(&caller).policies.contains("tested");
            assert_eq!(satisfied, expected, "{rule} of {claims}");
            assert!(policies.permissions(&Caller::anonymous()).policies.is_empty(), "{rule} of a stranger");
        }
    }
}
