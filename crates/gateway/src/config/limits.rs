//! How large an operation and its answer may be.

use std::collections::BTreeMap;

use federation::operation::{CostOptions, Limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::budget::BudgetConfig;
use super::errors::Shown;
use super::problem::Problem;
use super::units::ByteSize;

/// Bounds on operations, checked before anything is planned, and on answers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// The longest document.
    pub max_document_size: ByteSize,
    /// The most lexical tokens of a document.
    pub max_tokens: usize,
    /// The deepest nesting of fields, fragments expanded.
    pub max_depth: usize,
    /// The most selections and argument values of a document, fragments expanded.
    pub max_selections: usize,
    /// The most aliases of an operation, fragments expanded.
    pub max_aliases: usize,
    /// The most root fields of an operation, fragments expanded.
    pub max_root_fields: usize,
    /// The most directives at one place.
    pub max_directives: usize,
    /// The longest variables.
    pub max_variables_size: ByteSize,
    /// The most errors in an answer.
    pub max_errors: usize,
    /// The longest answer.
    pub max_answer_size: ByteSize,
    /// The most an operation may cost by estimate (<https://ibm.github.io/graphql-specs/cost-spec.html>).
    pub max_cost: Option<u64>,
    /// The most a client's operations may cost in the course of time. Without it there is no bound.
    pub budget: Option<BudgetConfig>,
    /// How many values a list is taken to have that `@listSize` says nothing of.
    pub list_size: u64,
    /// Whether clients that ask for the cost with `x-include-cost` are told.
    pub show_cost: Shown,
    /// Limits of callers without a token, in place of the ones above.
    pub anonymous: LimitSet,
    /// Limits by role, in place of the ones above. Of several roles the most permissive limit counts, each by itself.
    /// `callers.roles_claim` says where roles are.
    pub roles: BTreeMap<String, LimitSet>,
    /// Limits that are reported and not enforced, to be tried out.
    pub shadow: ShadowConfig,
}

/// Limits that replace others, where they are given.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSet {
    /// The longest document.
    pub max_document_size: Option<ByteSize>,
    /// The most lexical tokens of a document.
    pub max_tokens: Option<usize>,
    /// The deepest nesting of fields, fragments expanded. This is the height of an operation as well.
    pub max_depth: Option<usize>,
    /// The most selections and argument values of a document, fragments expanded.
    pub max_selections: Option<usize>,
    /// The most aliases of an operation, fragments expanded.
    pub max_aliases: Option<usize>,
    /// The most root fields of an operation, fragments expanded.
    pub max_root_fields: Option<usize>,
    /// The most an operation may cost by estimate.
    pub max_cost: Option<u64>,
    /// The most a client's operations may cost in the course of time.
    pub budget: Option<BudgetConfig>,
}

/// Limits that are reported and not enforced: in the log, as the metric `gateway_limits_shadow_exceeded`, and to
/// clients that are told the cost.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ShadowConfig {
    /// Of all callers.
    pub everyone: LimitSet,
    /// Of callers without a token, in place of those of all.
    pub anonymous: LimitSet,
    /// By role, in place of those of all.
    pub roles: BTreeMap<String, LimitSet>,
}

impl LimitSet {
    /// These limits, and others where there are none.
    pub(crate) fn over(&self, others: &Limits) -> Limits {
        Limits {
            document_bytes: self.max_document_size.map_or(others.document_bytes, ByteSize::as_usize),
            tokens: self.max_tokens.unwrap_or(others.tokens),
            depth: self.max_depth.unwrap_or(others.depth),
            selections: self.max_selections.unwrap_or(others.selections),
            aliases: self.max_aliases.unwrap_or(others.aliases),
            root_fields: self.max_root_fields.unwrap_or(others.root_fields),
            cost: self.max_cost.unwrap_or(others.cost),
            ..others.clone()
        }
    }
}

impl ShadowConfig {
    /// Whether there are no limits.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for LimitsConfig {
    /// The engine's own, where there are any.
    fn default() -> Self {
        let operation = Limits::default();
        Self {
            max_document_size: ByteSize(operation.document_bytes as u64),
            max_tokens: operation.tokens,
            max_depth: operation.depth,
            max_selections: operation.selections,
            max_aliases: operation.aliases,
            max_root_fields: operation.root_fields,
            max_directives: operation.directives,
            max_variables_size: ByteSize(operation.variables_bytes as u64),
            max_errors: 1000,
            max_answer_size: ByteSize::mebibytes(256),
            max_cost: None,
            budget: None,
            list_size: CostOptions::default().list_size,
            show_cost: Shown::Dev,
            anonymous: LimitSet::default(),
            roles: BTreeMap::new(),
            shadow: ShadowConfig::default(),
        }
    }
}

impl LimitsConfig {
    /// Those of callers for whom nothing else is said.
    pub(crate) fn operation(&self) -> Limits {
        Limits {
            document_bytes: self.max_document_size.as_usize(),
            tokens: self.max_tokens,
            depth: self.max_depth,
            selections: self.max_selections,
            aliases: self.max_aliases,
            root_fields: self.max_root_fields,
            directives: self.max_directives,
            variables_bytes: self.max_variables_size.as_usize(),
            cost: self.max_cost.unwrap_or(u64::MAX),
            ..Limits::default()
        }
    }

    /// How costs are estimated; `None` where nobody asks for them, neither here nor `otherwise`.
    pub(crate) fn cost(&self, dev: bool, otherwise: bool) -> Option<CostOptions> {
        let asked = self.is_costly() || self.show_cost.when(dev) || otherwise;
        asked.then_some(CostOptions { list_size: self.list_size })
    }

    /// Whether anybody's cost is limited, be it in shadow.
    pub(crate) fn is_costly(&self) -> bool {
        let costly = |set: &LimitSet| set.max_cost.is_some() || set.budget.is_some();
        self.max_cost.is_some() || self.budget.is_some() || self.sets().any(|(_, set)| costly(set))
    }

    /// Every set of limits that replace others, with its key.
    fn sets(&self) -> impl Iterator<Item = (String, &LimitSet)> {
        let fixed = [
            ("limits.anonymous".to_owned(), &self.anonymous),
            ("limits.shadow.everyone".to_owned(), &self.shadow.everyone),
            ("limits.shadow.anonymous".to_owned(), &self.shadow.anonymous),
        ];
        let roles = self.roles.iter().map(|(role, set)| (format!("limits.roles.{role}"), set));
        let shadow = self.shadow.roles.iter().map(|(role, set)| (format!("limits.shadow.roles.{role}"), set));
        fixed.into_iter().chain(roles).chain(shadow)
    }

    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        if let Some(budget) = self.budget {
            budget.check("limits.budget", problems);
        }
        for (key, set) in self.sets() {
            if let Some(budget) = set.budget {
                budget.check(&format!("{key}.budget"), problems);
            }
        }
    }
}
