//! Seeing to it that every field can be reached, and what interfaces declare.

use std::collections::BTreeSet;

use super::Builder;
use crate::differential::model::{Field, Home, Kind, Pick, Subgraph};

impl Builder {
    /// Adds keys until every holder of an entity can get to every subgraph that resolves something of it.
    pub(super) fn make_reachable(&mut self) {
        let names: Vec<String> =
            self.model.types.keys().filter(|name| self.model.is_entity(name)).cloned().collect();
        // Keys bring along other types, so once is not enough.
        for name in names.iter().cycle().take(names.len() * 4) {
            for from in self.holders(name) {
                for to in self.resolving(name) {
                    if !self.reachable(name, from).contains(&to) {
                        self.add_key(to, name, 0, true);
                        if self.model.types[name].homes.contains_key(&from) {
                            self.add_key(from, name, 0, false);
                        }
                    }
                }
            }
        }
    }

    fn holders(&self, name: &str) -> Vec<Subgraph> {
        (0..self.model.subgraphs.len())
            .filter(|subgraph| self.model.name_in(name, *subgraph).is_some())
            .collect()
    }

    /// The subgraphs that resolve more than the key that all have.
    fn resolving(&self, name: &str) -> Vec<Subgraph> {
        let ty = &self.model.types[name];
        let resolves = |subgraph: &Subgraph| {
            let here = |(name, field): (&String, &Field)| {
                name != "id" && field.homes.get(subgraph).is_some_and(|home| !home.external)
            };
            ty.fields.iter().any(here)
        };
        ty.homes.keys().copied().filter(resolves).collect()
    }

    /// The subgraphs that can be entered from one, itself only if it can be entered anew.
    fn reachable(&self, name: &str, from: Subgraph) -> BTreeSet<Subgraph> {
        let ty = &self.model.types[name];
        let mut typed = ty.homes.contains_key(&from);
        let mut entered = BTreeSet::new();
        loop {
            let mut reached = entered.clone();
            reached.insert(from);
            let before = (entered.len(), typed);
            for (subgraph, home) in &ty.homes {
                let by_interface = ty.interfaces.iter().any(|interface| {
                    self.model.types[interface].homes.get(subgraph).is_some_and(|home| !home.keys.is_empty())
                });
                let usable = home.keys.iter().any(|(key, resolvable)| {
                    *resolvable && ty.keys[*key].iter().all(|pick| self.has(name, pick, &reached))
                });
                if usable && (typed || by_interface) && entered.insert(*subgraph) {
                    typed = true;
                }
            }
            for interface in &ty.interfaces {
                for (subgraph, home) in &self.model.types[interface].homes {
                    let has_id = || self.has(name, &Pick::leaf("id"), &reached);
                    if home.interface_object && has_id() {
                        entered.insert(*subgraph);
                    }
                }
            }
            if before == (entered.len(), typed) {
                return entered;
            }
        }
    }

    fn has(&self, name: &str, pick: &Pick, subgraphs: &BTreeSet<Subgraph>) -> bool {
        subgraphs
            .iter()
            .any(|subgraph| self.model.home(name, &pick.name, *subgraph).is_some_and(|home| !home.external))
    }

    /// Interfaces declare in each subgraph what all their implementations there declare, or some of it.
    pub(super) fn declare_on_interfaces(&mut self) {
        let interfaces: Vec<String> = (self.model.types.iter())
            .filter(|(_, ty)| ty.kind == Kind::Interface)
            .map(|(name, _)| name.clone())
            .collect();
        for name in interfaces {
            let real = |home: &crate::differential::model::TypeHome| !home.interface_object;
            let homes: Vec<Subgraph> = (self.model.types[&name].homes.iter())
                .filter(|(_, home)| real(home))
                .map(|(subgraph, _)| *subgraph)
                .collect();
            for subgraph in homes {
                self.declare_on_interface(&name, subgraph);
            }
        }
    }

    fn declare_on_interface(&mut self, name: &str, subgraph: Subgraph) {
        let members: Vec<String> =
            self.model.possible_in(name, subgraph).into_iter().map(str::to_owned).collect();
        let fields: Vec<String> = self.model.types[name].fields.keys().cloned().collect();
        // The first field is a leaf that every subgraph can declare.
        let anchor =
            if self.model.types[name].keys.is_empty() { name.to_lowercase() } else { "id".to_owned() };
        for field in fields {
            if field == anchor {
                for member in &members {
                    let external = self.dice.chance(2);
                    let elsewhere = self.model.types[member].fields[&field].resolvers().next().is_some();
                    let homes = &mut self.ty(member).fields.get_mut(&field).expect("a field").homes;
                    homes
                        .entry(subgraph)
                        .or_insert_with(|| Home { external: external && elsewhere, ..Home::default() });
                }
            }
            let everywhere = members.iter().all(|member| {
                self.model.types[member]
                    .fields
                    .get(&field)
                    .is_some_and(|field| field.homes.contains_key(&subgraph))
            });
            if everywhere && (field == anchor || !self.dice.chance(4)) {
                let declared = self.ty(name).fields.get_mut(&field).expect("a field");
                declared.homes.entry(subgraph).or_default();
            }
        }
    }
}
