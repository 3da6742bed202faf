//! Which subgraph declares which type and field.

use super::Builder;
use crate::differential::model::{Field, Home, Kind, Pick, Ref, Subgraph, Type, TypeHome, is_root};

impl Builder {
    pub(super) fn assign_homes(&mut self) {
        let interface_object = self.choose_interface_object();
        self.choose_split();
        if let Some((name, real)) = interface_object {
            let members: Vec<String> = self.model.possible(&name).into_iter().map(str::to_owned).collect();
            self.learn_interface(real, &name, &members);
            self.ty(&name).homes.get_mut(&real).expect("learnt").keys.insert(0, true);
        }
        let names: Vec<String> = self.model.types.keys().cloned().collect();
        for name in &names {
            if self.model.is_entity(name) {
                let allowed = self.allowed(name);
                for subgraph in self.dice.some(&allowed, 1) {
                    self.learn(subgraph, name);
                }
            }
        }
        // The query root first: others may lead to it.
        for name in
            names.iter().filter(|name| *name == "Query").chain(names.iter().filter(|name| *name != "Query"))
        {
            let is_root = is_root(name);
            let spread = self.split.contains_key(name) || self.model.is_entity(name) || is_root;
            if self.model.types[name].kind == Kind::Object && spread {
                self.spread(name);
            }
        }
    }

    pub(super) fn ty(&mut self, name: &str) -> &mut Type {
        self.model.types.get_mut(name).expect("a type of the model")
    }

    fn all_subgraphs(&self) -> Vec<Subgraph> {
        (0..self.model.subgraphs.len()).collect()
    }

    /// The subgraphs that may know a type.
    pub(super) fn allowed(&self, name: &str) -> Vec<Subgraph> {
        self.all_subgraphs().into_iter().filter(|subgraph| !self.banned[*subgraph].contains(name)).collect()
    }

    pub(super) fn may_know(&self, subgraph: Subgraph, name: &str) -> bool {
        !self.banned[subgraph].contains(name)
    }

    /// An interface of entities that some subgraphs know as an object. Returns it with the subgraph that has the
    /// real one.
    fn choose_interface_object(&mut self) -> Option<(String, Subgraph)> {
        let keyed = |(_, ty): &(&String, &Type)| ty.kind == Kind::Interface && !ty.keys.is_empty();
        let interfaces: Vec<String> =
            self.model.types.iter().filter(keyed).map(|(name, _)| name.clone()).collect();
        if interfaces.is_empty() || self.dice.chance(2) {
            return None;
        }
        let name = self.dice.pick(&interfaces).clone();
        let members: Vec<String> = self.model.possible(&name).into_iter().map(str::to_owned).collect();
        let mut others = self.all_subgraphs();
        let real = others.remove(self.dice.below(others.len()));
        let mut fakes = self.dice.some(&others, 1);
        fakes.truncate(2);
        for fake in &fakes {
            self.banned[*fake].extend(members.iter().cloned());
            let home = TypeHome { keys: [(0, true)].into(), interface_object: true, ..TypeHome::default() };
            self.ty(&name).homes.insert(*fake, home);
            self.ty(&name).fields.get_mut("id").expect("its key").homes.insert(*fake, Home::default());
        }
        self.add_interface_object_fields(&name, &members, &fakes);
        self.spread_bans();
        Some((name, real))
    }

    fn add_interface_object_fields(&mut self, name: &str, members: &[String], fakes: &[Subgraph]) {
        for index in 0..self.dice.between(1, 3) {
            let leaf = self.dice.word(&["Int", "String", "Colour"]);
            let ty = if self.dice.chance(4) {
                Ref::named(name, false)
            } else {
                Ref::named(leaf, self.dice.chance(3))
            };
            let field = Field::new(ty);
            let key = format!("extra{}{index}", name.to_lowercase());
            for member in members {
                self.ty(member).fields.insert(key.clone(), field.clone());
            }
            self.ty(name).fields.insert(key.clone(), field);
            for fake in self.dice.some(fakes, 1) {
                self.ty(name).fields.get_mut(&key).expect("just added").homes.insert(fake, Home::default());
            }
        }
    }

    /// Types that cannot be declared without a banned one are banned as well.
    fn spread_bans(&mut self) {
        for subgraph in self.all_subgraphs() {
            loop {
                let banned = &self.banned[subgraph];
                let needs_banned = |(name, ty): &(&String, &Type)| {
                    !banned.contains(*name)
                        && match ty.kind {
                            Kind::Object if ty.keys.is_empty() && !is_root(name) => {
                                ty.fields.values().any(|field| banned.contains(field.ty.name()))
                            }
                            Kind::Interface
                                if ty.homes.get(&subgraph).is_some_and(|home| home.interface_object) =>
                            {
                                false
                            }
                            Kind::Interface | Kind::Union => self
                                .model
                                .possible(name)
                                .first()
                                .is_none_or(|anchor| banned.contains(*anchor)),
                            _ => false,
                        }
                };
                let more: Vec<String> =
                    self.model.types.iter().filter(needs_banned).map(|(name, _)| name.clone()).collect();
                if more.is_empty() {
                    break;
                }
                self.banned[subgraph].extend(more);
            }
        }
    }

    /// Types without keys whose fields lie in several subgraphs.
    fn choose_split(&mut self) {
        let plain = |(name, ty): &(&String, &Type)| {
            ty.kind == Kind::Object
                && ty.keys.is_empty()
                && ty.interfaces.is_empty()
                && !ty.fields.contains_key("serial")
                && !is_root(name)
        };
        let in_union =
            |name: &str| self.model.types.values().any(|ty| ty.members.iter().any(|member| member == name));
        let values: Vec<String> =
            self.model.types.iter().filter(plain).map(|(name, _)| name.clone()).collect();
        let values: Vec<String> = values.into_iter().filter(|name| !in_union(name)).collect();
        for name in values {
            let allowed = self.allowed(&name);
            if allowed.len() >= 2 && self.dice.chance(2) {
                let homes = self.dice.some(&allowed, 2);
                let homes = if homes.len() > 3 { homes[..3].to_vec() } else { homes };
                self.split.insert(name, homes);
            }
        }
        // Whoever holds a whole copy of a type must be able to resolve all of its fields.
        loop {
            let stuck = self.model.types.iter().find(|(name, ty)| {
                ty.kind == Kind::Object
                    && ty.keys.is_empty()
                    && !self.split.contains_key(*name)
                    && !is_root(name)
                    && ty.fields.values().any(|field| self.split.contains_key(field.ty.name()))
            });
            let Some((name, ty)) = stuck else { break };
            let field = ty.fields.iter().find(|(_, field)| self.split.contains_key(field.ty.name()));
            let (name, field) = (name.clone(), field.expect("found before").0.clone());
            self.make_leaf(&name, &field);
        }
    }

    /// Gives a field a type that every subgraph knows.
    fn make_leaf(&mut self, name: &str, field: &str) {
        let through: Vec<String> = self.model.types[name].interfaces.iter().cloned().collect();
        let mut holders: Vec<String> = vec![name.to_owned()];
        for interface in
            through.into_iter().filter(|interface| self.model.types[interface].fields.contains_key(field))
        {
            holders.extend(self.model.possible(&interface).into_iter().map(str::to_owned));
            holders.push(interface);
        }
        for holder in holders {
            if let Some(field) = self.ty(&holder).fields.get_mut(field) {
                field.ty = Ref::named("Int", false);
            }
        }
    }

    /// Declares the fields of a type, each somewhere.
    fn spread(&mut self, name: &str) {
        let fields: Vec<String> = self.model.types[name].fields.keys().cloned().collect();
        for field in fields {
            let known = &self.model.types[name].fields[&field];
            if known.unique || self.is_fake_field(name, &field) {
                continue;
            }
            let homes = self.choose_homes(name, &field);
            for subgraph in homes {
                self.declare(subgraph, name, &field);
            }
        }
        for subgraph in self.split.get(name).cloned().unwrap_or_default() {
            let here = |field: &Field| field.homes.contains_key(&subgraph);
            if !self.model.types[name].fields.values().any(here) {
                let key = format!("part{subgraph}");
                self.ty(name).fields.insert(key.clone(), Field::new(Ref::named("Int", false)));
                self.declare(subgraph, name, &key);
            }
        }
        let unresolved: Vec<String> = (self.model.types[name].fields.iter())
            .filter(|(key, field)| field.homes.is_empty() && !self.is_fake_field(name, key))
            .map(|(field, _)| field.clone())
            .collect();
        for field in unresolved {
            // A key that nobody uses.
            let homes: Vec<Subgraph> = self.model.types[name].homes.keys().copied().collect();
            let ty = self.model.types[name].fields[&field].ty.name().to_owned();
            match homes.into_iter().find(|home| self.may_know(*home, &ty)) {
                Some(home) => self.declare(home, name, &field),
                None => {
                    self.ty(name).keys.retain(|key| key.iter().all(|pick| pick.name != field));
                    self.ty(name).fields.remove(&field);
                }
            }
        }
    }

    /// Whether a field comes from an interface object.
    pub(super) fn is_fake_field(&self, name: &str, field: &str) -> bool {
        let interfaces = &self.model.types[name].interfaces;
        field.starts_with("extra")
            && interfaces.iter().any(|interface| self.model.types[interface].fields.contains_key(field))
    }

    pub(super) fn choose_homes(&mut self, name: &str, field: &str) -> Vec<Subgraph> {
        let value = self.model.types[name].fields[field].ty.name().to_owned();
        let mut allowed = self.allowed(name);
        if let Some(split) = self.split.get(name) {
            allowed.retain(|subgraph| split.contains(subgraph));
        } else if self.model.is_entity(name) && !self.dice.chance(4) {
            let homes = &self.model.types[name].homes;
            allowed.retain(|subgraph| homes.contains_key(subgraph));
        }
        allowed.retain(|subgraph| self.may_know(*subgraph, &value));
        if value == "Query" && name != "Query" {
            allowed.retain(|subgraph| self.model.types["Query"].homes.contains_key(subgraph));
        }
        if let Some(needed) = self.split.get(&value).cloned() {
            let all = self.allowed(name);
            let here = self.split.get(name).unwrap_or(&all);
            if is_of_one_subgraph(name) || !needed.iter().all(|subgraph| here.contains(subgraph)) {
                self.make_leaf(name, field);
                return self.choose_homes(name, field);
            }
            return needed;
        }
        if allowed.is_empty() {
            self.make_leaf(name, field);
            return self.choose_homes(name, field);
        }
        if is_of_one_subgraph(name) || self.dice.between(0, 9) < 7 {
            return vec![*self.dice.pick(&allowed)];
        }
        self.dice.some(&allowed, 1)
    }

    /// Has a subgraph resolve a field.
    pub(super) fn declare(&mut self, subgraph: Subgraph, name: &str, field: &str) {
        if !self.model.types[name].homes.contains_key(&subgraph) {
            self.learn(subgraph, name);
        }
        let declared = self.ty(name).fields.get_mut(field).expect("a field");
        declared.homes.entry(subgraph).or_default();
        let value = declared.ty.name().to_owned();
        self.learn(subgraph, &value);
    }

    /// Declares a type in a subgraph with whatever it cannot be without.
    pub(super) fn learn(&mut self, subgraph: Subgraph, name: &str) {
        let Some(ty) = self.model.types.get(name) else { return };
        if ty.homes.contains_key(&subgraph) {
            return;
        }
        match ty.kind {
            Kind::Object if !ty.keys.is_empty() => {
                self.ty(name).homes.insert(subgraph, TypeHome::default());
                let keys = self.usable_keys(subgraph, name);
                let first = *self.dice.pick(&keys);
                let resolvable = !self.dice.chance(4);
                self.add_key(subgraph, name, first, resolvable);
                if self.dice.chance(3) {
                    let second = *self.dice.pick(&keys);
                    self.add_key(subgraph, name, second, true);
                }
            }
            Kind::Object => {
                self.ty(name).homes.insert(subgraph, TypeHome::default());
                if !self.split.contains_key(name) && !is_root(name) {
                    let fields: Vec<String> = self.model.types[name].fields.keys().cloned().collect();
                    for field in fields {
                        self.declare(subgraph, name, &field);
                    }
                }
            }
            Kind::Interface => {
                let all: Vec<String> = self.model.possible(name).into_iter().map(str::to_owned).collect();
                let (anchor, rest) = all.split_first().expect("an implementation");
                let rest: Vec<String> =
                    rest.iter().filter(|member| self.may_know(subgraph, member)).cloned().collect();
                let mut members = self.dice.some(&rest, 0);
                members.push(anchor.clone());
                self.learn_interface(subgraph, name, &members);
            }
            Kind::Union => {
                self.ty(name).homes.insert(subgraph, TypeHome::default());
                let (anchor, rest) = ty_members(&self.model.types[name]);
                let rest: Vec<String> =
                    rest.into_iter().filter(|member| self.may_know(subgraph, member)).collect();
                let mut members = self.dice.some(&rest, 0);
                members.push(anchor);
                for member in members {
                    self.ty(name).homes.get_mut(&subgraph).expect("just added").known.insert(member.clone());
                    self.learn(subgraph, &member);
                }
            }
            Kind::Enum | Kind::Input | Kind::Scalar => {}
        }
    }

    fn learn_interface(&mut self, subgraph: Subgraph, name: &str, members: &[String]) {
        self.ty(name).homes.insert(subgraph, TypeHome::default());
        let keyed = !self.model.types[name].keys.is_empty();
        for member in members {
            self.learn(subgraph, member);
            if keyed {
                self.add_key(subgraph, member, 0, true);
            }
            self.ty(member).homes.get_mut(&subgraph).expect("learnt").known.insert(name.to_owned());
        }
    }

    fn usable_keys(&self, subgraph: Subgraph, name: &str) -> Vec<usize> {
        let ty = &self.model.types[name];
        let usable =
            |key: &Vec<Pick>| key.iter().all(|pick| self.may_know(subgraph, ty.fields[&pick.name].ty.name()));
        (0..ty.keys.len()).filter(|index| usable(&ty.keys[*index])).collect()
    }

    /// Declares a key of an entity, and its fields.
    pub(super) fn add_key(&mut self, subgraph: Subgraph, name: &str, index: usize, resolvable: bool) {
        let home = self.ty(name).homes.entry(subgraph).or_default();
        let known = home.keys.entry(index).or_insert(resolvable);
        *known |= resolvable;
        for pick in self.model.types[name].keys[index].clone() {
            self.declare(subgraph, name, &pick.name);
            let value = self.model.types[name].fields[&pick.name].ty.name().to_owned();
            for below in &pick.below {
                // Entities are declared with any of their keys; this one has to be there. Other types may be only
                // partly declared yet.
                if !self.model.types[&value].fields[&below.name].homes.contains_key(&subgraph) {
                    match self.model.is_entity(&value) {
                        true => self.add_key(subgraph, &value, 0, false),
                        false => self.declare(subgraph, &value, &below.name),
                    }
                }
            }
        }
    }
}

/// Whether the fields of a type belong to one subgraph each.
fn is_of_one_subgraph(name: &str) -> bool {
    is_root(name) && name != "Query"
}

fn ty_members(ty: &Type) -> (String, Vec<String>) {
    let (anchor, rest) = ty.members.split_first().expect("a member");
    (anchor.clone(), rest.to_vec())
}
