//! The schema as a whole: types, fields and arguments.

use super::Builder;
use crate::differential::model::{Argument, Field, Kind, Pick, Ref, Type, is_root};

/// Names that fields of different types share.
const NAMES: [&str; 8] = ["name", "size", "label", "owner", "parts", "next", "first", "note"];

impl Builder {
    pub(super) fn whole(&mut self) {
        self.add_leaf_types();
        let entities = self.names("Entity", 2, 5);
        let values = self.names("Value", 1, 4);
        for name in entities.iter().chain(&values) {
            self.model.types.insert(name.clone(), Type::new(Kind::Object));
        }
        for name in &entities {
            self.add_simple_keys(name);
        }
        self.add_interfaces(&entities, &values);
        self.add_unions(&entities, &values);
        for name in entities.iter().chain(&values) {
            let count = self.dice.between(2, 5);
            self.add_fields(name, count);
        }
        for name in &entities {
            self.add_nested_key(name, &entities, &values);
        }
        self.add_roots(&entities);
    }

    fn names(&mut self, prefix: &str, least: usize, most: usize) -> Vec<String> {
        let count = self.dice.between(least, most);
        (0..count).map(|index| format!("{prefix}{index}")).collect()
    }

    fn add_leaf_types(&mut self) {
        let mut colour = Type::new(Kind::Enum);
        colour.members = ["RED", "GREEN", "BLUE"].map(str::to_owned).to_vec();
        self.model.types.insert("Colour".to_owned(), colour);
        self.model.types.insert("Json".to_owned(), Type::new(Kind::Scalar));
        let mut filter = Type::new(Kind::Input);
        let fields = [("most", Ref::named("Int", false)), ("colour", Ref::named("Colour", false))];
        for (name, ty) in fields {
            filter.fields.insert(name.to_owned(), Field::new(ty));
        }
        let within = Ref::List { item: Box::new(Ref::named("Filter", true)), non_null: false };
        filter.fields.insert("within".to_owned(), Field::new(within));
        self.model.types.insert("Filter".to_owned(), filter);
    }

    fn add_simple_keys(&mut self, name: &str) {
        let mut keys = vec![vec![Pick::leaf("id")]];
        let mut add = |field: &str, ty: &str| {
            let mut key = Field::new(Ref::named(ty, true));
            key.unique = true;
            self.model.types.get_mut(name).expect("added before").fields.insert(field.to_owned(), key);
        };
        add("id", "ID");
        if self.dice.chance(2) {
            add("code", self.dice.word(&["Int", "String", "ID"]));
            keys.push(vec![Pick::leaf("code")]);
        }
        if self.dice.chance(3) {
            add("shelf", self.dice.word(&["Int", "String"]));
            add("row", self.dice.word(&["Int", "String"]));
            keys.push(vec![Pick::leaf("shelf"), Pick::leaf("row")]);
        }
        self.model.types.get_mut(name).expect("added before").keys = keys;
    }

    /// A key that lies in another object.
    fn add_nested_key(&mut self, name: &str, entities: &[String], values: &[String]) {
        if !self.dice.chance(3) {
            return;
        }
        let (other, below) = if self.dice.chance(2) {
            let other = self.dice.pick(entities).clone();
            if other == name {
                return;
            }
            (other, vec![Pick::leaf("id")])
        } else {
            let other = self.dice.pick(values).clone();
            if self.model.types[&other].fields.contains_key("serial") {
                return;
            }
            let mut serial = Field::new(Ref::named("String", true));
            serial.unique = true;
            self.model.types.get_mut(&other).expect("a type").fields.insert("serial".to_owned(), serial);
            (other, vec![Pick::leaf("serial")])
        };
        let ty = Ref::named(&other, true);
        let ty = if self.dice.chance(4) { Ref::List { item: Box::new(ty), non_null: true } } else { ty };
        let mut field = Field::new(ty);
        field.unique = true;
        let ty = self.model.types.get_mut(name).expect("a type");
        ty.fields.insert("anchor".to_owned(), field);
        let mut key = vec![Pick { below, ..Pick::leaf("anchor") }];
        if ty.fields.contains_key("code") && self.dice.chance(2) {
            key.push(Pick::leaf("code"));
        }
        ty.keys.push(key);
    }

    fn add_interfaces(&mut self, entities: &[String], values: &[String]) {
        for index in 0..self.dice.between(0, 3) {
            let name = format!("Face{index}");
            let of_entities = self.dice.chance(2);
            let mut members = if of_entities {
                self.dice.some(entities, 2)
            } else if self.dice.chance(2) {
                self.dice.some(values, 1)
            } else {
                let mut members = self.dice.some(entities, 1);
                members.extend(self.dice.some(values, 1));
                members
            };
            members.sort();
            let mut face = Type::new(Kind::Interface);
            if of_entities {
                face.fields.insert("id".to_owned(), Field::new(Ref::named("ID", true)));
                face.keys = vec![vec![Pick::leaf("id")]];
            } else {
                let ty = Ref::named(self.dice.word(&["String", "Int"]), false);
                face.fields.insert(format!("face{index}"), Field::new(ty));
            }
            self.model.types.insert(name.clone(), face);
            for extra in 0..self.dice.between(0, 2) {
                let field = self.random_field();
                let face = self.model.types.get_mut(&name).expect("just added");
                face.fields.insert(format!("face{index}{}", ["a", "b"][extra]), field);
            }
            for member in members {
                self.implement(&name, &member);
            }
        }
    }

    fn implement(&mut self, interface: &str, member: &str) {
        for (name, field) in self.model.types[interface].fields.clone() {
            let mut field = field;
            if !field.ty.is_non_null() && self.dice.chance(4) {
                field.ty = field.ty.required();
            }
            let ty = self.model.types.get_mut(member).expect("a type");
            ty.fields.entry(name).or_insert(field);
        }
        let ty = self.model.types.get_mut(member).expect("a type");
        ty.interfaces.insert(interface.to_owned());
    }

    fn add_unions(&mut self, entities: &[String], values: &[String]) {
        for index in 0..self.dice.between(0, 2) {
            let mut union = Type::new(Kind::Union);
            let all: Vec<String> = entities.iter().chain(values).cloned().collect();
            union.members = self.dice.some(&all, 2);
            self.model.types.insert(format!("Union{index}"), union);
        }
    }

    fn add_fields(&mut self, name: &str, count: usize) {
        for _ in 0..count {
            let field = self.random_field();
            let key = *self.dice.pick(&NAMES);
            let ty = self.model.types.get_mut(name).expect("a type");
            ty.fields.entry(key.to_owned()).or_insert(field);
        }
    }

    pub(super) fn random_field(&mut self) -> Field {
        let composites: Vec<String> =
            self.model.types.keys().filter(|name| self.model.is_composite(name)).cloned().collect();
        let composites: Vec<String> =
            composites.into_iter().filter(|name| name == "Query" || !is_root(name)).collect();
        let name = if self.dice.chance(2) {
            self.dice.pick(&composites).clone()
        } else {
            (self.dice.word(&["Int", "String", "String", "ID", "Float", "Boolean", "Colour", "Json"]))
                .to_owned()
        };
        let mut field = Field::new(self.wrapped(&name));
        if self.dice.chance(4) {
            for index in 0..self.dice.between(1, 2) {
                let argument = self.argument();
                field.arguments.insert(["x", "y"][index].to_owned(), argument);
            }
        }
        field
    }

    fn wrapped(&mut self, name: &str) -> Ref {
        let named = Ref::named(name, self.dice.chance(3));
        match self.dice.below(8) {
            0 | 1 => Ref::List { item: Box::new(named), non_null: self.dice.chance(3) },
            2 if self.dice.chance(3) => {
                let inner = Ref::List { item: Box::new(named), non_null: self.dice.chance(3) };
                Ref::List { item: Box::new(inner), non_null: self.dice.chance(3) }
            }
            _ => named,
        }
    }

    fn argument(&mut self) -> Argument {
        let (ty, default) = *self.dice.pick(&[
            ("Int", "3"),
            ("Int", "0"),
            ("String", "\"a\""),
            ("Boolean", "true"),
            ("Colour", "RED"),
            ("Filter", "{most: 1}"),
        ]);
        let default = self.dice.chance(3).then(|| default.to_owned());
        Argument { ty: Ref::named(ty, default.is_none() && self.dice.chance(2)), default }
    }

    fn add_roots(&mut self, entities: &[String]) {
        self.model.types.insert("Query".to_owned(), Type::new(Kind::Object));
        let count = self.dice.between(2, 5);
        self.add_fields("Query", count);
        for name in entities {
            let ty = if self.dice.chance(2) {
                Ref::List { item: Box::new(Ref::named(name, self.dice.chance(2))), non_null: false }
            } else {
                Ref::named(name, false)
            };
            let query = self.model.types.get_mut("Query").expect("just added");
            query.fields.insert(format!("the{name}"), Field::new(ty));
        }
        let abstracts: Vec<String> = (self.model.types.iter())
            .filter(|(_, ty)| matches!(ty.kind, Kind::Interface | Kind::Union))
            .map(|(name, _)| name.clone())
            .collect();
        for name in abstracts {
            let ty = self.wrapped(&name);
            let query = self.model.types.get_mut("Query").expect("just added");
            query.fields.insert(format!("the{name}"), Field::new(ty));
        }
        if self.dice.chance(3) {
            self.model.types.insert("Mutation".to_owned(), Type::new(Kind::Object));
            for index in 0..self.dice.between(2, 4) {
                let mut field = self.random_field();
                field
                    .arguments
                    .insert("x".to_owned(), Argument { ty: Ref::named("Int", true), default: None });
                let mutation = self.model.types.get_mut("Mutation").expect("just added");
                mutation.fields.insert(format!("change{index}"), field);
            }
        }
    }
}
