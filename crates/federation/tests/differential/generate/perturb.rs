//! Random changes to a split; what comes out need not compose.

use crate::differential::dice::Dice;
use crate::differential::model::{Home, Kind, Model, Subgraph};

pub(super) fn perturb(model: &mut Model, dice: &mut Dice) {
    for _ in 0..dice.between(1, 4) {
        let objects: Vec<String> = (model.types.iter())
            .filter(|(_, ty)| ty.kind == Kind::Object && !ty.fields.is_empty() && !ty.homes.is_empty())
            .map(|(name, _)| name.clone())
            .collect();
        let name = dice.pick(&objects).clone();
        let ty = model.types.get_mut(&name).expect("a type of the model");
        let homes: Vec<Subgraph> = ty.homes.keys().copied().collect();
        let subgraph = *dice.pick(&homes);
        let fields: Vec<String> = ty.fields.keys().cloned().collect();
        let field = ty.fields.get_mut(dice.pick(&fields)).expect("a field of the type");
        match dice.below(5) {
            0 => drop(field.homes.remove(&subgraph)),
            1 => drop(field.homes.entry(subgraph).or_default()),
            2 => {
                if let Some(home) = field.homes.get_mut(&subgraph) {
                    *home = Home { external: !home.external, ..Home::default() };
                }
            }
            3 => {
                let home = ty.homes.get_mut(&subgraph).expect("chosen above");
                let keys: Vec<usize> = home.keys.keys().copied().collect();
                if !keys.is_empty() {
                    home.keys.remove(dice.pick(&keys));
                }
            }
            _ => {
                let home = ty.homes.get_mut(&subgraph).expect("chosen above");
                home.keys.values_mut().for_each(|resolvable| *resolvable = !*resolvable);
            }
        }
    }
    // An override of what is external at its source is none.
    for field in model.types.values_mut().flat_map(|ty| ty.fields.values_mut()) {
        let external: Vec<Subgraph> =
            field.homes.iter().filter(|(_, home)| home.external).map(|(subgraph, _)| *subgraph).collect();
        for home in field.homes.values_mut() {
            if home.overrides.as_ref().is_some_and(|(from, _)| external.contains(from)) {
                home.overrides = None;
            }
        }
    }
    // The whole has the least strict type of a field among those that resolve it.
    for field in model.types.values_mut().flat_map(|ty| ty.fields.values_mut()) {
        if field.homes.values().all(|home| home.stricter || home.external) {
            field.homes.values_mut().for_each(|home| home.stricter = false);
        }
    }
}
