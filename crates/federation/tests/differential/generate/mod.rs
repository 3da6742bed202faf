//! Random schemas, split over subgraphs so that every field can be reached.

mod access;
mod contexts;
mod directives;
mod events;
mod homes;
mod keys;
mod operation;
mod perturb;
mod whole;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use self::operation::operation;
use self::perturb::perturb;
use super::dice::{Dice, hash};
use super::model::{Model, Subgraph};

/// What a schema may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// Composes, and all data is there.
    Sound,
    /// Composes, and some fields fail.
    Failing,
    /// Changed at random: need not compose.
    Perturbed,
}

/// A schema in the making.
struct Builder {
    dice: Dice,
    model: Model,
    /// By subgraph: the types it must not know.
    banned: Vec<BTreeSet<String>>,
    /// Types without keys whose fields are spread over these subgraphs.
    split: BTreeMap<String, Vec<Subgraph>>,
}

pub(super) fn model(seed: u64, mood: Mood) -> Model {
    let mut dice = Dice::new(seed);
    let count = *dice.pick(&[2, 2, 3, 3, 3, 4, 4, 5, 6, 7]);
    let names = ["accounts", "books", "catalog", "delivery", "events", "finance", "groups"];
    let model = Model {
        subgraphs: names[..count].iter().map(|name| (*name).to_owned()).collect(),
        types: BTreeMap::new(),
        labels: Vec::new(),
    };
    let mut builder = Builder { dice, model, banned: vec![BTreeSet::new(); count], split: BTreeMap::new() };
    builder.whole();
    builder.assign_homes();
    builder.add_directives(mood);
    builder.add_events(mood, Dice::new(hash((seed, "events"))));
    builder.take_from_contexts(Dice::new(hash((seed, "contexts"))));
    builder.make_reachable();
    builder.declare_on_interfaces();
    builder.require_on_interface_objects();
    if mood == Mood::Failing {
        builder.protect(Dice::new(hash((seed, "access"))));
    }
    let Builder { mut dice, mut model, .. } = builder;
    if mood == Mood::Perturbed {
        perturb(&mut model, &mut dice);
    }
    model.prune();
    model
}
