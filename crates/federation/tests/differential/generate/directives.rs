//! What fields need, provide, take over and hide.

use std::collections::BTreeSet;

use super::{Builder, Mood};
use crate::differential::model::{Argument, Field, Home, Kind, Pick, Subgraph};

impl Builder {
    pub(super) fn add_directives(&mut self, mood: Mood) {
        let fields = self.fields();
        for (ty, field) in &fields {
            match self.dice.below(6) {
                0 | 1 => self.require(ty, field),
                2 => self.provide(ty, field),
                3 => self.take_over(ty, field),
                4 if mood != Mood::Failing => self.be_stricter(ty, field),
                _ => {}
            }
        }
        for (ty, field) in &fields {
            if self.dice.chance(5) {
                self.hide(ty, field);
            }
            if self.model.types.contains_key("Mutation") && self.dice.chance(3) {
                self.depend_on_state(ty, field);
            }
        }
        if mood == Mood::Failing {
            self.fail_sometimes(&fields);
        }
    }

    /// The fields of objects, but keys and those of interface objects.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        for (name, ty) in self.model.types.iter().filter(|(_, ty)| ty.kind == Kind::Object) {
            let plain = |(key, field): &(&String, &Field)| !field.unique && !self.is_fake_field(name, key);
            fields.extend(ty.fields.iter().filter(plain).map(|(key, _)| (name.clone(), key.clone())));
        }
        fields
    }

    pub(super) fn field(&mut self, ty: &str, field: &str) -> &mut Field {
        self.ty(ty).fields.get_mut(field).expect("a field of the model")
    }

    /// The only subgraph that has to do with a field.
    fn only_home(&self, ty: &str, field: &str) -> Option<Subgraph> {
        let homes = &self.model.types[ty].fields[field].homes;
        let (subgraph, home) = homes.iter().next().filter(|_| homes.len() == 1)?;
        let plain = !home.external
            && home.requires.is_empty()
            && home.provides.is_empty()
            && home.overrides.is_none();
        plain.then_some(*subgraph)
    }

    fn require(&mut self, ty: &str, field: &str) {
        let Some(subgraph) = self.only_home(ty, field).filter(|_| self.model.is_entity(ty)) else { return };
        // Only earlier names are required, so that nothing needs itself.
        let earlier: Vec<String> = (self.model.types[ty].fields.iter())
            .filter(|(name, other)| name.as_str() < field && !other.unique && !self.is_face(name))
            .filter(|(_, other)| !other.homes.contains_key(&subgraph))
            .map(|(name, _)| name.clone())
            .collect();
        let mut requires = Vec::new();
        for name in self.dice.some(&earlier, 1).into_iter().take(3) {
            requires.extend(self.external_pick(subgraph, ty, &name, Some(field), 2));
        }
        let home = self.field(ty, field).homes.get_mut(&subgraph).expect("its home");
        home.requires = requires;
    }

    fn is_face(&self, name: &str) -> bool {
        name.starts_with("face") || name.starts_with("extra")
    }

    /// After interfaces have their fields.
    pub(super) fn require_on_interface_objects(&mut self) {
        let fails = |(key, field): (&String, &Field)| field.fails.then(|| key.clone());
        let failing: BTreeSet<String> =
            self.model.types.values().flat_map(|ty| ty.fields.iter().filter_map(fails)).collect();
        for (name, ty) in self.model.types.clone() {
            for (subgraph, _) in ty.homes.iter().filter(|(_, home)| home.interface_object) {
                let shown = |(key, field): &(&String, &Field)| {
                    key.starts_with("face")
                        && !field.homes.is_empty()
                        && !self.model.is_composite(field.ty.name())
                        && field.arguments.is_empty()
                        && !failing.contains(*key)
                };
                let shown: Vec<String> = ty.fields.iter().filter(shown).map(|(key, _)| key.clone()).collect();
                let own = ty.fields.iter().find(|(_, field)| field.homes.keys().eq([subgraph]));
                let (Some((own, _)), true) = (own, !shown.is_empty() && self.dice.chance(2)) else {
                    continue;
                };
                let required = self.dice.pick(&shown).clone();
                let home = Home { external: true, ..Home::default() };
                self.field(&name, &required).homes.insert(*subgraph, home);
                let home = self.field(&name, own).homes.get_mut(subgraph).expect("its home");
                home.requires = vec![Pick::leaf(&required)];
            }
        }
    }

    /// Selects a field of another subgraph, declared as external here: of names before `before`, or one without
    /// arguments.
    fn external_pick(
        &mut self,
        subgraph: Subgraph,
        ty: &str,
        field: &str,
        before: Option<&str>,
        depth: usize,
    ) -> Option<Pick> {
        let value = self.model.types[ty].fields[field].ty.name().to_owned();
        let known = self.model.types[ty].fields[field].homes.get(&subgraph).cloned();
        if !self.may_know(subgraph, &value) || !self.model.types.contains_key(ty) {
            return None;
        }
        if before.is_none() && !self.model.types[ty].fields[field].arguments.is_empty() {
            return None;
        }
        let arguments = self.literal_arguments(ty, field)?;
        let mut pick = Pick { arguments, ..Pick::leaf(field) };
        if self.model.is_composite(&value) {
            if depth == 0 {
                return None;
            }
            if !self.split.contains_key(&value) || known.is_some() {
                self.learn(subgraph, &value);
            }
            pick.below = self.picks_below(subgraph, &value, before, depth);
            if pick.below.is_empty() {
                return None;
            }
            self.ty(&value).homes.entry(subgraph).or_default();
        }
        if known.is_none() {
            let home = Home { external: true, ..Home::default() };
            self.field(ty, field).homes.insert(subgraph, home);
        }
        Some(pick)
    }

    fn picks_below(
        &mut self,
        subgraph: Subgraph,
        value: &str,
        before: Option<&str>,
        depth: usize,
    ) -> Vec<Pick> {
        if self.model.types[value].kind == Kind::Object {
            return self.object_picks(subgraph, value, before, depth);
        }
        if self.model.types[value].homes[&subgraph].interface_object {
            return vec![Pick::leaf("id")];
        }
        let members: Vec<String> =
            self.model.possible_in(value, subgraph).into_iter().map(str::to_owned).collect();
        let mut picks = Vec::new();
        for member in self.dice.some(&members, 1).into_iter().take(2) {
            let below = self.object_picks(subgraph, &member, before, depth);
            picks.extend(below.into_iter().map(|pick| Pick { on: Some(member.clone()), ..pick }));
        }
        picks
    }

    fn object_picks(
        &mut self,
        subgraph: Subgraph,
        ty: &str,
        before: Option<&str>,
        depth: usize,
    ) -> Vec<Pick> {
        let usable = |(name, field): &(&String, &Field)| {
            let here = field.homes.get(&subgraph);
            let early = before.is_none_or(|before| name.as_str() < before) && !self.is_face(name);
            (field.unique && here.is_some())
                || (!field.unique
                    && early
                    && field.homes.len() > usize::from(here.is_some_and(|home| home.external)))
        };
        let names: Vec<String> =
            self.model.types[ty].fields.iter().filter(usable).map(|(name, _)| name.clone()).collect();
        let mut picks = Vec::new();
        for name in self.dice.some(&names, 1).into_iter().take(2) {
            picks.extend(self.external_pick(subgraph, ty, &name, before, depth - 1));
        }
        picks
    }

    /// Arguments as they may stand in a field set; `None` when there is no simple literal.
    fn literal_arguments(&mut self, ty: &str, field: &str) -> Option<String> {
        let arguments: Vec<(String, Argument)> =
            self.model.types[ty].fields[field].arguments.clone().into_iter().collect();
        let mut given = Vec::new();
        for (name, argument) in arguments {
            let literal = match argument.ty.name() {
                "Int" => self.dice.below(4).to_string(),
                "String" => format!("\"{}\"", self.dice.word(&["a", "b"])),
                "Boolean" => "false".to_owned(),
                _ if argument.ty.is_non_null() => return None,
                _ if argument.default.is_some() => return None,
                _ => continue,
            };
            given.push(format!("{name}: {literal}"));
        }
        Some(if given.is_empty() { String::new() } else { format!("({})", given.join(", ")) })
    }

    pub(super) fn provide(&mut self, ty: &str, field: &str) {
        let known = &self.model.types[ty].fields[field];
        let value = known.ty.name().to_owned();
        let resolvers: Vec<Subgraph> = known.resolvers().collect();
        if !self.model.is_composite(&value)
            || resolvers.is_empty()
            || known.homes.values().any(|home| home.overrides.is_some())
        {
            return;
        }
        let subgraph = *self.dice.pick(&resolvers);
        let members: Vec<String> =
            self.model.possible_in(&value, subgraph).into_iter().map(str::to_owned).collect();
        let is_object = self.model.types[&value].kind == Kind::Object;
        let mut provides = Vec::new();
        for member in members.into_iter().take(2) {
            if !self.model.is_entity(&member) || !self.model.types[&member].homes.contains_key(&subgraph) {
                continue;
            }
            let missing = |(name, other): &(&String, &Field)| {
                !other.unique
                    && !self.is_face(name)
                    && other.arguments.is_empty()
                    && !other.homes.contains_key(&subgraph)
                    && other.homes.values().all(|home| home.overrides.is_none())
            };
            let missing: Vec<String> = self.model.types[&member]
                .fields
                .iter()
                .filter(missing)
                .map(|(name, _)| name.clone())
                .collect();
            for name in self.dice.some(&missing, 0).into_iter().take(2) {
                let pick = self.external_pick(subgraph, &member, &name, None, 1);
                let on = (!is_object).then(|| member.clone());
                provides.extend(pick.map(|pick| Pick { on, ..pick }));
            }
        }
        self.field(ty, field).homes.get_mut(&subgraph).expect("a resolver").provides = provides;
    }

    fn take_over(&mut self, ty: &str, field: &str) {
        let Some(from) = self.only_home(ty, field) else { return };
        if !(self.model.is_entity(ty) || ty == "Query") {
            return;
        }
        let value = self.model.types[ty].fields[field].ty.name().to_owned();
        let mut allowed = self.allowed(ty);
        allowed.retain(|subgraph| *subgraph != from && self.may_know(*subgraph, &value));
        if allowed.is_empty() || self.split.contains_key(&value) {
            return;
        }
        let to = *self.dice.pick(&allowed);
        self.declare(to, ty, field);
        let label = match self.dice.below(6) {
            0 => Some("percent(30)".to_owned()),
            1 => Some("moved".to_owned()),
            _ => None,
        };
        if let Some(label) = label.clone().filter(|label| !self.model.labels.contains(label))
            && self.dice.chance(2)
        {
            self.model.labels.push(label);
        }
        self.field(ty, field).homes.get_mut(&to).expect("just declared").overrides = Some((from, label));
    }

    fn be_stricter(&mut self, ty: &str, field: &str) {
        let known = &self.model.types[ty].fields[field];
        let plain = known.homes.values().all(|home| !home.external && home.overrides.is_none());
        if known.homes.len() < 2 || !plain || known.ty.is_non_null() {
            return;
        }
        let homes: Vec<Subgraph> = known.homes.keys().copied().collect();
        let subgraph = *self.dice.pick(&homes);
        self.field(ty, field).never_null = true;
        self.field(ty, field).homes.get_mut(&subgraph).expect("a home").stricter = true;
    }

    fn hide(&mut self, ty: &str, field: &str) {
        if self.model.is_entity(ty) && !self.is_face(field) {
            self.field(ty, field).inaccessible = true;
        }
    }

    fn depend_on_state(&mut self, ty: &str, field: &str) {
        if ty != "Mutation"
            && !self.model.is_needed(field)
            && !self.model.is_composite(self.model.types[ty].fields[field].ty.name())
        {
            self.field(ty, field).stateful = true;
        }
    }

    /// Fields that no key or requirement needs fail, unless their null would take along something needed.
    fn fail_sometimes(&mut self, fields: &[(String, String)]) {
        let mut needed: Vec<String> = Vec::new();
        for ty in self.model.types.values() {
            for field in ty.fields.values() {
                let nested = field.unique || field.homes.values().any(|home| !home.requires.is_empty());
                if nested || ty.fields.iter().any(|(name, _)| self.model.is_needed(name)) {
                    needed.push(field.ty.name().to_owned());
                }
            }
        }
        let mut index = 0;
        while index < needed.len() {
            let value = needed[index].clone();
            for member in self.model.possible(&value) {
                let mut more = vec![member.to_owned()];
                let below = self.model.types[member].fields.values().filter(|field| field.ty.is_non_null());
                more.extend(below.map(|field| field.ty.name().to_owned()));
                more.retain(|name| !needed.contains(name));
                needed.extend(more);
            }
            index += 1;
        }
        for (ty, field) in fields {
            let known = &self.model.types[ty].fields[field];
            // The single server reads an interface's type where the object's own is stricter.
            let alike = |interface: &String| {
                self.model.types[interface].fields.get(field).is_none_or(|other| other.ty == known.ty)
            };
            let safe = (!needed.contains(ty) || !known.ty.is_non_null())
                && self.model.types[ty].interfaces.iter().all(alike);
            if safe && !self.model.is_needed(field) && self.dice.chance(4) {
                self.field(ty, field).fails = true;
            }
        }
    }
}
