//! Who may read what: what subgraphs demand of callers, and what a caller holds.

use std::fmt;

use federation::Permissions;

use super::dice::Dice;
use super::model::{Model, Pick, Subgraph};

const SCOPES: [&str; 3] = ["read", "write", "admin"];
const POLICIES: [&str; 2] = ["staff", "partner"];

/// Alternatives, of one of which everything is demanded.
type Demands = Vec<Vec<&'static str>>;

/// What one subgraph demands of who reads an element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Access {
    pub(super) authenticated: bool,
    pub(super) scopes: Option<Demands>,
    pub(super) policies: Option<Demands>,
}

impl Access {
    pub(super) fn random(dice: &mut Dice) -> Self {
        let mut access = Self::default();
        match dice.below(4) {
            0 => access.authenticated = true,
            1 | 2 => access.scopes = Some(demands(dice, &SCOPES)),
            _ => access.policies = Some(demands(dice, &POLICIES)),
        }
        access.authenticated |= dice.chance(8);
        access
    }

    pub(super) fn is_open(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn lets_in(&self, caller: &Permissions) -> bool {
        let met = |demands: &Option<Demands>, holds: &dyn Fn(&str) -> bool| match demands {
            Some(demands) => demands.iter().any(|all| all.iter().all(|name| holds(name))),
            None => true,
        };
        (caller.authenticated || !self.authenticated)
            && met(&self.scopes, &|name| caller.scopes.contains(name))
            && met(&self.policies, &|name| caller.policies.contains(name))
    }
}

fn demands(dice: &mut Dice, names: &[&'static str]) -> Demands {
    // Rarely none at all, which nobody meets.
    let count = if dice.chance(20) { 0 } else { dice.between(1, 2) };
    (0..count).map(|_| dice.some(names, 1)).collect()
}

/// The directives, each after a space.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.authenticated {
            write!(f, " @authenticated")?;
        }
        if let Some(scopes) = &self.scopes {
            write!(f, " @requiresScopes(scopes: {scopes:?})")?;
        }
        if let Some(policies) = &self.policies {
            write!(f, " @policy(policies: {policies:?})")?;
        }
        Ok(())
    }
}

/// A caller who holds some of what may be demanded.
pub(super) fn caller(seed: u64) -> Permissions {
    let mut dice = Dice::new(seed);
    let held = |names: Vec<&'static str>| names.into_iter().map(Into::into).collect();
    Permissions {
        authenticated: dice.chance(2),
        scopes: held(dice.some(&SCOPES, 0)),
        policies: held(dice.some(&POLICIES, 0)),
    }
}

impl Model {
    /// Whether a caller may read an object's field: what its type, the field and the field's type demand is met.
    pub(super) fn may_read(&self, object: &str, name: &str, caller: &Permissions) -> bool {
        let Some(field) = self.types.get(object).and_then(|ty| ty.fields.get(name)) else { return true };
        // What a subgraph lost for good says nothing any more.
        let is_lost =
            |subgraph: Subgraph| field.homes.values().any(|home| home.overrides == Some((subgraph, None)));
        self.is_open_to(object, caller)
            && self.is_open_to(field.ty.name(), caller)
            && field
                .homes
                .iter()
                .all(|(subgraph, home)| home.external || is_lost(*subgraph) || home.access.lets_in(caller))
    }

    fn is_open_to(&self, name: &str, caller: &Permissions) -> bool {
        let Some(ty) = self.types.get(name) else { return true };
        let declared = ty.homes.iter().filter(|(subgraph, _)| self.is_declared(name, **subgraph));
        declared.into_iter().all(|(_, home)| home.access.lets_in(caller))
    }

    /// Whether keys or requirements lead to objects of a type through others.
    pub(super) fn is_passed(&self, object: &str) -> bool {
        fn leads(model: &Model, picks: &[Pick], object: &str) -> bool {
            picks.iter().any(|pick| {
                let named = model.types.values().filter_map(|ty| ty.fields.get(&pick.name));
                leads(model, &pick.below, object)
                    || named.into_iter().any(|field| model.possible(field.ty.name()).contains(&object))
            })
        }
        self.types.values().any(|ty| {
            let homes = ty.fields.values().flat_map(|field| field.homes.values());
            ty.keys.iter().chain(homes.map(|home| &home.requires)).any(|picks| leads(self, picks, object))
        })
    }
}
