//! Arguments whose values come from enclosing objects (`@context`, `@fromContext`).

use std::collections::BTreeSet;

use super::Builder;
use crate::differential::context::FromContext;
use crate::differential::dice::Dice;
use crate::differential::model::{Field, Home, Kind, Model, Ref, Subgraph, Type, is_root};

impl Builder {
    /// Has some fields depend on enclosing objects. With dice of its own, so that it changes nothing else.
    pub(super) fn take_from_contexts(&mut self, mut dice: Dice) {
        std::mem::swap(&mut self.dice, &mut dice);
        if self.dice.chance(2) {
            for number in 0..self.dice.between(1, 2) {
                self.take_from_context(number);
            }
        }
        std::mem::swap(&mut self.dice, &mut dice);
    }

    fn take_from_context(&mut self, number: usize) {
        let mut fields = self.fields();
        fields.retain(|(ty, field)| contextual_home(&self.model, ty, field).is_some());
        if fields.is_empty() {
            return;
        }
        let (ty, field) = self.dice.pick(&fields).clone();
        let subgraph = contextual_home(&self.model, &ty, &field).expect("checked above");
        let is_sure = self.dice.chance(3);
        let mut context = FromContext {
            subgraph,
            name: format!("around{number}"),
            ty: Ref::named(self.dice.word(&["Int", "String"]), is_sure),
            setters: BTreeSet::new(),
        };
        for setter in self.setters(subgraph, &ty) {
            self.give(&setter, &context);
            context.setters.insert(setter);
        }
        self.set_by_abstract_types(&mut context);
        self.field(&ty, &field).context = Some(context);
    }

    /// Objects that set a context. Every way leads through one: the object itself, or the root of queries, if there is
    /// no other root.
    fn setters(&mut self, subgraph: Subgraph, ty: &str) -> BTreeSet<String> {
        let known = |(name, other): &(&String, &Type)| {
            // Of a type that is spread over some subgraphs, others know what they are given only.
            let is_spread_elsewhere = self.split.get(*name).is_some_and(|homes| !homes.contains(&subgraph));
            other.kind == Kind::Object
                && !is_root(name)
                && other.homes.contains_key(&subgraph)
                && !is_spread_elsewhere
        };
        let known: Vec<String> =
            self.model.types.iter().filter(known).map(|(name, _)| name.clone()).collect();
        let mut setters: BTreeSet<String> = self.dice.some(&known, 0).into_iter().take(3).collect();
        let only_queries =
            ["Mutation", "Subscription"].iter().all(|name| !self.model.types.contains_key(*name));
        let outermost = if only_queries && self.dice.chance(2) { "Query" } else { ty };
        setters.insert(outermost.to_owned());
        setters
    }

    /// Gives a type the field that a context selects.
    fn give(&mut self, ty: &str, context: &FromContext) {
        let mut field = Field::new(context.ty.clone());
        field.inaccessible = self.dice.chance(3);
        self.ty(ty).fields.insert(context.name.clone(), field);
        let homes: Vec<Subgraph> = self.model.types[ty].homes.keys().copied().collect();
        if self.model.is_entity(ty) {
            let resolver = if self.dice.chance(2) { context.subgraph } else { *self.dice.pick(&homes) };
            self.declare(resolver, ty, &context.name);
            let external = Home { external: resolver != context.subgraph, ..Home::default() };
            let field = self.field(ty, &context.name);
            field.homes.entry(context.subgraph).or_insert(external);
        } else if is_root(ty) || self.split.contains_key(ty) {
            self.declare(context.subgraph, ty, &context.name);
        } else {
            homes.into_iter().for_each(|home| self.declare(home, ty, &context.name));
        }
    }

    /// Interfaces and unions all of whose objects set a context set it themselves, now and then.
    fn set_by_abstract_types(&mut self, context: &mut FromContext) {
        let names: Vec<String> = self.model.types.keys().cloned().collect();
        for name in names {
            let ty = &self.model.types[&name];
            let is_real = ty.homes.get(&context.subgraph).is_some_and(|home| !home.interface_object);
            let all = self.model.possible(&name);
            if matches!(ty.kind, Kind::Interface | Kind::Union)
                && is_real
                && self.model.possible_in(&name, context.subgraph).len() == all.len()
                && all.iter().all(|object| context.setters.contains(*object))
                && self.dice.chance(2)
            {
                let all: Vec<String> = all.into_iter().map(str::to_owned).collect();
                context.setters.retain(|setter| !all.contains(setter));
                context.setters.insert(name);
            }
        }
    }
}

/// The subgraph that could take an argument of a field from a context: the only one that has to do with it.
fn contextual_home(model: &Model, ty: &str, name: &str) -> Option<Subgraph> {
    let field = &model.types[ty].fields[name];
    let (subgraph, home) = field.homes.iter().next().filter(|_| field.homes.len() == 1)?;
    let promised = |interface: &String| model.types[interface].fields.contains_key(name);
    let entered = model.types[ty].homes.get(subgraph).is_some_and(|home| home.keys.values().any(|can| *can));
    let fits = model.is_entity(ty)
        && entered
        && !home.external
        && home.overrides.is_none()
        && field.context.is_none()
        && !name.starts_with("around")
        && !model.types[ty].interfaces.iter().any(promised)
        && !model.is_needed(name)
        && !(0..model.subgraphs.len()).any(|subgraph| model.is_provided(name, subgraph));
    fits.then_some(*subgraph)
}
