//! What callers see of the schema: all of it, or the part of a contract.

mod variants;

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytes::Bytes;
use federation::graph::Contract;
use federation::{Engine, Permissions};

use self::variants::Variants;
use crate::caller::Caller;
use crate::config::{Config, ContractConfig};

/// An engine for a part of the schema.
pub(crate) struct View {
    pub(crate) engine: Arc<Engine>,
    /// The schema as text, printed when it is asked for first.
    sdl: OnceLock<Bytes>,
    hash: OnceLock<[u8; 32]>,
}

/// The views of one generation.
pub(crate) struct Views {
    whole: Arc<View>,
    /// In the order in which they are tried.
    contracts: Vec<(Audience, Part)>,
    roles_claim: String,
}

/// What the callers of a contract see.
enum Part {
    /// All of them the same.
    Same(Arc<View>),
    /// What they may read of it.
    Own(Box<Variants>),
}

/// Who sees a contract.
#[derive(PartialEq, Eq)]
enum Audience {
    Everyone,
    Some { anonymous: bool, roles: HashSet<String> },
}

impl Views {
    /// # Errors
    /// Every contract that cannot be had, with the reasons.
    pub(crate) fn new(engine: Arc<Engine>, config: &Config) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut contracts = Vec::new();
        for (index, contract) in config.contracts.iter().enumerate() {
            match Part::new(&engine, contract, config.cache.answers.enabled && config.cache.answers.shared) {
                Ok(part) => contracts.push((Audience::of(contract), part)),
                Err(reasons) => {
                    problems.extend(reasons.iter().map(|reason| format!("contracts[{index}]: {reason}")));
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let roles_claim = config.callers.roles_claim().to_owned();
        Ok(Self { whole: Arc::new(View::new(engine)), contracts, roles_claim })
    }

    /// The whole schema.
    pub(crate) fn whole(&self) -> &Arc<View> {
        &self.whole
    }

    /// Every view there is now.
    pub(crate) fn all(&self) -> Vec<Arc<View>> {
        let parts = self.contracts.iter().flat_map(|(_, part)| match part {
            Part::Same(view) => vec![view.clone()],
            Part::Own(variants) => variants.all(),
        });
        std::iter::once(self.whole.clone()).chain(parts).collect()
    }

    /// What a caller sees who holds these permissions: of the first contract that is for it, or everything.
    pub(crate) async fn of(&self, caller: &Caller, held: impl FnOnce() -> Permissions) -> Arc<View> {
        let mut contracts = self.contracts.iter();
        match contracts.find(|(audience, _)| audience.has(caller, &self.roles_claim)) {
            None => self.whole.clone(),
            Some((_, Part::Same(view))) => view.clone(),
            Some((_, Part::Own(variants))) => variants.of(held()).await,
        }
    }

    /// The views of another generation with those that take their places here: for the whole schema, and for the contracts of the
    /// same callers. Those that are not there yet are made until an instant.
    pub(crate) async fn successors(&self, before: &Self, until: Instant) -> Vec<(Arc<View>, Arc<View>)> {
        let mut pairs = vec![(before.whole.clone(), self.whole.clone())];
        for (audience, part) in &self.contracts {
            let Some((_, old)) = before.contracts.iter().find(|(other, _)| other == audience) else {
                continue;
            };
            match (old, part) {
                (Part::Same(old), Part::Same(new)) => pairs.push((old.clone(), new.clone())),
                (Part::Own(old), Part::Own(new)) => pairs.extend(new.successors(old, until).await),
                // What all saw alike says nothing of what each will, and the other way round.
                (Part::Same(old), Part::Own(new)) => pairs.push((old.clone(), new.least())),
                (Part::Own(old), Part::Same(new)) => pairs.push((old.least(), new.clone())),
            }
        }
        pairs
    }
}

impl Part {
    fn new(engine: &Arc<Engine>, config: &ContractConfig, hashed: bool) -> Result<Self, Vec<String>> {
        let contract = Contract { include: tags(&config.include_tags), exclude: tags(&config.exclude_tags) };
        if config.hide_protected && !engine.graph().access_rules().is_empty() {
            return Variants::new(engine.clone(), contract, config, hashed).map(Box::new).map(Self::Own);
        }
        let part = engine.part(&contract, None).map_err(reasons)?;
        Ok(Self::Same(Arc::new(View::new(Arc::new(part)))))
    }
}

fn tags(tags: &[String]) -> BTreeSet<Arc<str>> {
    tags.iter().map(|tag| Arc::from(tag.as_str())).collect()
}

fn reasons(errors: Vec<federation::graph::GraphError>) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

impl Audience {
    fn of(config: &ContractConfig) -> Self {
        if config.is_for_everyone() {
            return Self::Everyone;
        }
        Self::Some { anonymous: config.anonymous, roles: config.roles.iter().cloned().collect() }
    }

    fn has(&self, caller: &Caller, claim: &str) -> bool {
        match self {
            Self::Everyone => true,
            Self::Some { anonymous, .. } if caller.is_anonymous() => *anonymous,
            Self::Some { roles, .. } => caller.names(claim).any(|role| roles.contains(role)),
        }
    }
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").finish_non_exhaustive()
    }
}

impl View {
    fn new(engine: Arc<Engine>) -> Self {
        Self { engine, sdl: OnceLock::new(), hash: OnceLock::new() }
    }

    /// A hash of what these callers see of the supergraph and of how that is answered, the same in every process; it takes a
    /// while when it is asked for first.
    pub(crate) fn hash(&self) -> &[u8; 32] {
        self.hash.get_or_init(|| self.engine.graph().hash())
    }

    /// The schema that these callers see, as SDL.
    pub(crate) fn sdl(&self) -> Bytes {
        self.sdl.get_or_init(|| self.engine.api_schema().into()).clone()
    }
}
