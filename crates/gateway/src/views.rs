//! What callers see of the schema: all of it, or the part of a contract.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use federation::graph::Contract;
use federation::{Engine, Permissions};

use crate::caller::Caller;
use crate::config::{CallerConfig, ContractConfig};

/// An engine for a part of the schema.
pub(crate) struct View {
    pub(crate) engine: Arc<Engine>,
    /// The schema as text, printed when it is asked for first.
    sdl: OnceLock<Bytes>,
    hash: OnceLock<[u8; 32]>,
}

/// The views of one generation.
pub(crate) struct Views {
    whole: View,
    /// In the order in which they are tried.
    contracts: Vec<(Audience, View)>,
    roles_claim: String,
}

/// Who sees a contract.
enum Audience {
    Everyone,
    Some { anonymous: bool, roles: HashSet<String> },
}

impl Views {
    /// # Errors
    /// Every contract that cannot be had, with the reasons.
    pub(crate) fn new(
        engine: Arc<Engine>,
        contracts: &[ContractConfig],
        callers: &CallerConfig,
    ) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut views = Vec::new();
        for (index, config) in contracts.iter().enumerate() {
            match part(&engine, config) {
                Ok(part) => views.push((Audience::of(config), View::new(Arc::new(part)))),
                Err(reasons) => {
                    problems.extend(reasons.iter().map(|reason| format!("contracts[{index}]: {reason}")));
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self { whole: View::new(engine), contracts: views, roles_claim: callers.roles_claim().to_owned() })
    }

    /// The engine of every view.
    pub(crate) fn engines(&self) -> impl Iterator<Item = &Engine> {
        self.all().map(|view| &*view.engine)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &View> {
        let parts = self.contracts.iter().map(|(_, view)| view);
        [&self.whole].into_iter().chain(parts)
    }

    /// What a caller sees: the first contract that is for it, or everything.
    pub(crate) fn of(&self, caller: &Caller) -> &View {
        let mut contracts = self.contracts.iter();
        let found = contracts.find(|(audience, _)| audience.has(caller, &self.roles_claim));
        found.map_or(&self.whole, |(_, view)| view)
    }
}

fn part(engine: &Engine, config: &ContractConfig) -> Result<Engine, Vec<String>> {
    let tags = |tags: &[String]| tags.iter().map(|tag| Arc::from(tag.as_str())).collect();
    let contract = Contract { include: tags(&config.include_tags), exclude: tags(&config.exclude_tags) };
    let held = Permissions {
        // Whoever has a role is known.
        authenticated: !config.anonymous && !config.roles.is_empty(),
        scopes: tags(&config.scopes),
        policies: tags(&config.policies),
    };
    let part = engine.part(&contract, config.hide_protected.then_some(&held));
    part.map_err(|errors| errors.iter().map(ToString::to_string).collect())
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
