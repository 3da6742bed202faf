//! The most used plans of an engine, told so that the engine of another supergraph can make them before it is asked.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::cache::{Parsed, PlanKey};
use super::overrides::Overrides;
use super::request::Refusal;
use super::{Engine, rules_of};
use crate::graph::Access;
use crate::operation::Mask;

/// A plan by all that decides it besides the supergraph. Holds no request data: no variables, and of the caller no more
/// than which rules of access are met.
#[derive(Clone, Debug)]
pub struct HotPlan {
    document: Arc<str>,
    operation: Option<Box<str>>,
    /// `None`: all are false.
    conditions: Option<Mask>,
    /// The rules of access that can matter, and whether they are met.
    access: Vec<(Access, bool)>,
    /// The labels of progressive overrides that are set.
    labels: BTreeSet<Arc<str>>,
    deferred: bool,
    uses: u64,
}

impl HotPlan {
    /// The plan of a document's only operation for callers who may read everything, with the variables of `@skip` and
    /// `@include` false.
    pub fn of_document(text: impl Into<Arc<str>>) -> Self {
        Self {
            document: text.into(),
            operation: None,
            conditions: None,
            access: Vec::new(),
            labels: BTreeSet::new(),
            deferred: false,
            uses: 0,
        }
    }

    /// GraphQL text.
    pub fn document(&self) -> &str {
        &self.document
    }

    /// The name of the operation chosen.
    pub fn operation(&self) -> Option<&str> {
        self.operation.as_deref()
    }

    /// How often it was used.
    pub fn uses(&self) -> u64 {
        self.uses
    }

    /// A rule that did not matter before is met by those who met all that did.
    fn meets(&self, rule: &Access) -> bool {
        match self.access.iter().find(|(known, _)| known == rule) {
            Some((_, met)) => *met,
            None => self.access.iter().all(|(_, met)| *met),
        }
    }
}

impl Engine {
    /// The plans that are kept, the most used first, at most `max`.
    pub fn hot_plans(&self, max: usize) -> Vec<HotPlan> {
        let documents: HashMap<u64, (Arc<str>, Arc<Parsed>)> =
            self.caches.documents().map(|(text, parsed)| (parsed.id, (text, parsed))).collect();
        let mut hot: Vec<HotPlan> = self
            .caches
            .plans()
            .filter_map(|(key, planned)| {
                let (text, parsed) = documents.get(&key.document)?;
                self.hot_plan(&key, text, parsed, planned.uses.load(Ordering::Relaxed))
            })
            .collect();
        hot.sort_by(|a, b| b.uses.cmp(&a.uses).then_with(|| a.document.cmp(&b.document)));
        hot.truncate(max);
        hot
    }

    fn hot_plan(&self, key: &PlanKey, text: &Arc<str>, parsed: &Parsed, uses: u64) -> Option<HotPlan> {
        let operation = parsed.document.operation(key.operation.as_deref()).ok()?;
        let rules = rules_of(parsed, operation).iter().enumerate();
        let access = rules.map(|(index, rule)| (self.graph.access(*rule).clone(), key.access.get(index)));
        Some(HotPlan {
            document: text.clone(),
            operation: key.operation.clone(),
            conditions: Some(key.conditions.clone()),
            access: access.collect(),
            labels: self.set_labels(&key.labels).into_iter().collect(),
            deferred: key.deferred,
            uses,
        })
    }

    /// Makes a plan before anybody asks for it, and keeps it; whether this supergraph has such a plan. Takes as long as
    /// planning does.
    pub fn prepare_plan(&self, hot: &HotPlan) -> bool {
        self.plan_ahead(hot).is_ok()
    }

    fn plan_ahead(&self, hot: &HotPlan) -> Result<(), Arc<Refusal>> {
        let parsed = self.caches.document(&hot.document, || self.parse(&hot.document))?;
        let operation = parsed
            .document
            .operation(hot.operation.as_deref())
            .map_err(|error| Refusal::Operation(vec![error]))?;
        let overrides = Overrides { labels: hot.labels.clone(), ..Overrides::default() };
        let key = PlanKey {
            document: parsed.id,
            operation: operation.name().map(Box::from),
            // What the conditions are is the document's affair alone.
            conditions: hot
                .conditions
                .clone()
                .unwrap_or_else(|| operation.conditions().variables().map(|_| false).collect()),
            access: rules_of(&parsed, operation)
                .iter()
                .map(|rule| hot.meets(self.graph.access(*rule)))
                .collect(),
            labels: self.labels.decide(&overrides),
            deferred: hot.deferred && operation.defers(),
        };
        let planned = self.caches.plan(&key, || self.plan(&parsed, operation, &key))?;
        // What was hot long ago cools down from one engine to the next.
        planned.uses.fetch_max(hot.uses / 2, Ordering::Relaxed);
        Ok(())
    }

    /// How many plans were made so far, kept or not.
    pub fn plans_made(&self) -> u64 {
        self.caches.plans_made()
    }
}
