//! Random documents over a schema: mostly valid, with fragments, aliases, arguments and conditions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use apollo_compiler::schema::{ExtendedType, FieldDefinition, ObjectType};
use apollo_compiler::{Node, Schema};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

const FRAGMENTS: usize = 5;
const CONDITIONS: usize = 3;

struct Generator<'a> {
    random: &'a mut Pcg64Mcg,
    schema: &'a Schema,
    composites: Vec<(&'a str, BTreeSet<&'a str>)>,
    /// The type of each fragment that may be spread.
    fragment_types: Vec<usize>,
    /// Bodies of the fragments in use.
    fragments: BTreeMap<usize, String>,
    /// Conditions in use.
    conditions: BTreeSet<usize>,
}

/// A document with one operation, and its variables as JSON.
pub(super) fn generate(random: &mut Pcg64Mcg, schema: &Schema) -> (String, String) {
    let composites: Vec<_> = schema
        .types
        .iter()
        .filter(|(name, _)| !name.starts_with("__"))
        .filter_map(|(name, ty)| Some((name.as_str(), possible(schema, name, ty)?)))
        .collect();
    let fragment_types = (0..FRAGMENTS).map(|_| random.random_range(0..composites.len())).collect();
    let (fragments, conditions) = (BTreeMap::new(), BTreeSet::new());
    let mut generator = Generator { random, schema, composites, fragment_types, fragments, conditions };
    let body = generator.selection_set("Query", 5, 0);
    let mut text = "query".to_owned();
    let mut variables = Vec::new();
    for (index, condition) in generator.conditions.iter().enumerate() {
        write!(text, "{}$c{condition}: Boolean!", if index == 0 { "(" } else { ", " }).unwrap();
        variables.push(format!("\"c{condition}\":{}", condition % 2 == 0));
    }
    if !variables.is_empty() {
        text.push(')');
    }
    text.push_str(&body);
    for (index, body) in &generator.fragments {
        let (ty, _) = generator.composites[generator.fragment_types[*index]];
        write!(text, "\nfragment F{index} on {ty}{body}").unwrap();
    }
    (text, format!("{{{}}}", variables.join(",")))
}

fn possible<'a>(schema: &'a Schema, name: &'a str, ty: &'a ExtendedType) -> Option<BTreeSet<&'a str>> {
    match ty {
        ExtendedType::Object(_) => Some([name].into()),
        ExtendedType::Union(ty) => Some(ty.members.iter().map(|member| member.as_str()).collect()),
        ExtendedType::Interface(_) => {
            let objects = schema.types.values().filter_map(ExtendedType::as_object);
            let implements = |object: &&ObjectType| {
                object.implements_interfaces.iter().any(|interface| **interface == *name)
            };
            Some(objects.filter(implements).map(|object| object.name.as_str()).collect())
        }
        _ => None,
    }
}

impl Generator<'_> {
    fn selection_set(&mut self, ty: &str, depth: usize, first_fragment: usize) -> String {
        let mut text = " {".to_owned();
        for _ in 0..self.random.random_range(1..=4) {
            let selection = match self.random.random_range(0..100) {
                0..20 if depth > 0 => self.inline(ty, depth, first_fragment),
                20..40 => self.spread(ty, depth, first_fragment),
                _ => self.field(ty, depth, first_fragment),
            };
            text.push(' ');
            text.push_str(&selection);
        }
        text + " }"
    }

    fn field(&mut self, ty: &str, depth: usize, first_fragment: usize) -> String {
        let fields: Vec<Node<FieldDefinition>> = match &self.schema.types[ty] {
            ExtendedType::Object(ty) => ty.fields.values().map(|field| (**field).clone().into()).collect(),
            ExtendedType::Interface(ty) => ty.fields.values().map(|field| (**field).clone().into()).collect(),
            _ => Vec::new(),
        };
        let is_leaf =
            |field: &Node<FieldDefinition>| self.schema.types[field.ty.inner_named_type()].is_leaf();
        let fields: Vec<_> = fields.into_iter().filter(|field| depth > 0 || is_leaf(field)).collect();
        if fields.is_empty() || self.random.random_bool(0.08) {
            return format!("__typename{}", self.condition());
        }
        let field = &fields[self.random.random_range(0..fields.len())];
        let mut text = String::new();
        // An alias that says its field and arguments conflicts with no other.
        let aliased = self.random.random_bool(0.25);
        let name = &field.name;
        match (field.arguments.first(), self.random.random_range(0..10)) {
            (Some(argument), number @ 0..3) => {
                if self.random.random_bool(0.95) {
                    write!(text, "{name}{number}: ").unwrap();
                }
                write!(text, "{name}({}: {number})", argument.name).unwrap();
            }
            _ if aliased => {
                write!(text, "{}: {name}", if self.random.random_bool(0.9) { "z" } else { "id" }).unwrap()
            }
            _ => text.push_str(name),
        }
        if aliased && text.starts_with("z: ") {
            text.replace_range(..1, &format!("z{name}"));
        }
        text.push_str(&self.condition());
        let inner = field.ty.inner_named_type();
        if !self.schema.types[inner].is_leaf() {
            text.push_str(&self.selection_set(inner, depth - 1, first_fragment));
        }
        text
    }

    fn inline(&mut self, ty: &str, depth: usize, first_fragment: usize) -> String {
        let condition = self.condition();
        if self.random.random_bool(0.15) {
            return format!("...{condition}{}", self.selection_set(ty, depth - 1, first_fragment));
        }
        let overlapping: Vec<&str> =
            self.composites.iter().map(|(name, _)| *name).filter(|name| self.overlap(ty, name)).collect();
        let narrowed = overlapping[self.random.random_range(0..overlapping.len())].to_owned();
        format!("... on {narrowed}{condition}{}", self.selection_set(&narrowed, depth - 1, first_fragment))
    }

    fn spread(&mut self, ty: &str, depth: usize, first_fragment: usize) -> String {
        let candidates: Vec<usize> = (first_fragment..FRAGMENTS)
            .filter(|index| self.overlap(ty, self.composites[self.fragment_types[*index]].0))
            .collect();
        if candidates.is_empty() {
            return self.field(ty, depth, first_fragment);
        }
        let index = candidates[self.random.random_range(0..candidates.len())];
        if !self.fragments.contains_key(&index) {
            let narrowed = self.composites[self.fragment_types[index]].0.to_owned();
            let body = self.selection_set(&narrowed, 2, index + 1);
            self.fragments.insert(index, body);
        }
        format!("...F{index}{}", self.condition())
    }

    fn overlap(&self, a: &str, b: &str) -> bool {
        let of =
            |name: &str| self.composites.iter().find(|(known, _)| *known == name).map(|(_, types)| types);
        of(a).zip(of(b)).is_some_and(|(a, b)| !a.is_disjoint(b))
    }

    fn condition(&mut self) -> String {
        let directive = match self.random.random_range(0..100) {
            0..7 => "skip",
            7..14 => "include",
            _ => return String::new(),
        };
        match self.random.random_range(0..CONDITIONS + 2) {
            0 => format!(" @{directive}(if: true)"),
            1 => format!(" @{directive}(if: false)"),
            condition => {
                self.conditions.insert(condition);
                format!(" @{directive}(if: $c{condition})")
            }
        }
    }
}
