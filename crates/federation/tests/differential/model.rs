//! A schema as a whole, and how it is split over subgraphs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::access::Access;
use super::context::FromContext;

/// Index of a subgraph.
pub(super) type Subgraph = usize;

/// A type reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ref {
    Named { name: String, non_null: bool },
    List { item: Box<Ref>, non_null: bool },
}

impl Ref {
    pub(super) fn named(name: &str, non_null: bool) -> Self {
        Self::Named { name: name.to_owned(), non_null }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Named { name, .. } => name,
            Self::List { item, .. } => item.name(),
        }
    }

    pub(super) fn is_non_null(&self) -> bool {
        match self {
            Self::Named { non_null, .. } | Self::List { non_null, .. } => *non_null,
        }
    }

    /// The same, but never null.
    pub(super) fn required(&self) -> Self {
        match self.clone() {
            Self::Named { name, .. } => Self::Named { name, non_null: true },
            Self::List { item, .. } => Self::List { item, non_null: true },
        }
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named { name, .. } => write!(f, "{name}")?,
            Self::List { item, .. } => write!(f, "[{item}]")?,
        }
        if self.is_non_null() { write!(f, "!") } else { Ok(()) }
    }
}

/// One field of a field set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pick {
    /// A type condition around it.
    pub(super) on: Option<String>,
    pub(super) name: String,
    /// Literal arguments with parentheses, or nothing.
    pub(super) arguments: String,
    pub(super) below: Vec<Pick>,
}

impl Pick {
    pub(super) fn leaf(name: &str) -> Self {
        Self { on: None, name: name.to_owned(), arguments: String::new(), below: Vec::new() }
    }
}

/// A field set as text.
pub(super) fn field_set(picks: &[Pick]) -> String {
    let one = |pick: &Pick| {
        let mut text = format!("{}{}", pick.name, pick.arguments);
        if !pick.below.is_empty() {
            text = format!("{text} {{ {} }}", field_set(&pick.below));
        }
        match &pick.on {
            Some(on) => format!("... on {on} {{ {text} }}"),
            None => text,
        }
    };
    picks.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn mentions(picks: &[Pick], name: &str) -> bool {
    picks.iter().any(|pick| pick.name == name || mentions(&pick.below, name))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Interface,
    Union,
    Enum,
    Input,
    Scalar,
}

/// Whether a type is where operations begin.
pub(super) fn is_root(name: &str) -> bool {
    matches!(name, "Query" | "Mutation" | "Subscription")
}

/// A type of the whole.
#[derive(Clone, Debug)]
pub(super) struct Type {
    pub(super) kind: Kind,
    pub(super) fields: BTreeMap<String, Field>,
    /// The interfaces of an object.
    pub(super) interfaces: BTreeSet<String>,
    /// Members of a union, values of an enum.
    pub(super) members: Vec<String>,
    /// Keys that the type can have; none for types that are no entities.
    pub(super) keys: Vec<Vec<Pick>>,
    pub(super) homes: BTreeMap<Subgraph, TypeHome>,
}

impl Type {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            fields: BTreeMap::new(),
            interfaces: BTreeSet::new(),
            members: Vec::new(),
            keys: Vec::new(),
            homes: BTreeMap::new(),
        }
    }
}

/// A type in a subgraph.
#[derive(Clone, Debug, Default)]
pub(super) struct TypeHome {
    /// Indices into the type's keys, and whether they are resolvable.
    pub(super) keys: BTreeMap<usize, bool>,
    pub(super) interface_object: bool,
    /// The interfaces of an object or members of a union that this subgraph knows.
    pub(super) known: BTreeSet<String>,
    /// What reading its fields, and fields of this type, demands.
    pub(super) access: Access,
}

/// A field of the whole.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) ty: Ref,
    pub(super) arguments: BTreeMap<String, Argument>,
    /// Its value tells its object from all others of the type.
    pub(super) unique: bool,
    /// Its value is never null, although the type may say otherwise.
    pub(super) never_null: bool,
    /// It fails now and then.
    pub(super) fails: bool,
    /// Its value depends on the mutations so far.
    pub(super) stateful: bool,
    pub(super) inaccessible: bool,
    /// An argument that clients do not see.
    pub(super) context: Option<FromContext>,
    /// The subgraphs that declare it.
    pub(super) homes: BTreeMap<Subgraph, Home>,
}

impl Field {
    pub(super) fn new(ty: Ref) -> Self {
        Self {
            ty,
            arguments: BTreeMap::new(),
            unique: false,
            never_null: false,
            fails: false,
            stateful: false,
            inaccessible: false,
            context: None,
            homes: BTreeMap::new(),
        }
    }

    /// The subgraphs that resolve it, those that lose it to others included.
    pub(super) fn resolvers(&self) -> impl Iterator<Item = Subgraph> {
        self.homes.iter().filter(|(_, home)| !home.external).map(|(subgraph, _)| *subgraph)
    }
}

/// An argument of a field, or a field of an input object.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub(super) ty: Ref,
    /// The default as GraphQL text.
    pub(super) default: Option<String>,
}

/// A field in a subgraph.
#[derive(Clone, Debug, Default)]
pub(super) struct Home {
    pub(super) external: bool,
    pub(super) requires: Vec<Pick>,
    pub(super) provides: Vec<Pick>,
    /// From which subgraph it was taken, perhaps with a label.
    pub(super) overrides: Option<(Subgraph, Option<String>)>,
    /// Its type here is non-null although it is nullable elsewhere.
    pub(super) stricter: bool,
    /// What it demands of the caller.
    pub(super) access: Access,
}

/// A schema and its split.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) subgraphs: Vec<String>,
    pub(super) types: BTreeMap<String, Type>,
    /// The override labels that are set.
    pub(super) labels: Vec<String>,
}

impl Model {
    pub(super) fn is_composite(&self, name: &str) -> bool {
        self.types.get(name).is_some_and(|ty| matches!(ty.kind, Kind::Object | Kind::Interface | Kind::Union))
    }

    pub(super) fn is_entity(&self, name: &str) -> bool {
        self.types.get(name).is_some_and(|ty| ty.kind == Kind::Object && !ty.keys.is_empty())
    }

    /// The object types behind a composite type, in the whole.
    pub(super) fn possible(&self, name: &str) -> Vec<&str> {
        let Some(ty) = self.types.get(name) else { return Vec::new() };
        match ty.kind {
            Kind::Union => ty.members.iter().map(String::as_str).collect(),
            Kind::Interface => {
                let implements = |(_, other): &(&String, &Type)| other.interfaces.contains(name);
                self.types.iter().filter(implements).map(|(other, _)| other.as_str()).collect()
            }
            _ => self.types.get_key_value(name).map(|(known, _)| known.as_str()).into_iter().collect(),
        }
    }

    /// The object types behind a composite type, in a subgraph.
    pub(super) fn possible_in(&self, name: &str, subgraph: Subgraph) -> Vec<&str> {
        let Some(home) = self.types.get(name).and_then(|ty| ty.homes.get(&subgraph)) else {
            return Vec::new();
        };
        let all = self.possible(name);
        match self.types[name].kind {
            Kind::Interface if home.interface_object => all,
            Kind::Interface => {
                let knows = |object: &&str| {
                    self.types[*object].homes.get(&subgraph).is_some_and(|home| home.known.contains(name))
                };
                all.into_iter().filter(knows).collect()
            }
            Kind::Union => all.into_iter().filter(|member| home.known.contains(*member)).collect(),
            _ => all,
        }
    }

    /// The object types a field's value can have, whichever subgraph answers.
    pub(super) fn runtime_types(&self, name: &str, field: &Field) -> Vec<&str> {
        let mut types = self.possible(field.ty.name());
        for (subgraph, home) in &field.homes {
            if home.external && !self.is_provided(name, *subgraph) {
                continue;
            }
            let here = self.possible_in(field.ty.name(), *subgraph);
            types.retain(|ty| here.contains(ty));
        }
        types
    }

    /// The interface by which a subgraph knows an object without knowing its type.
    pub(super) fn fake(&self, object: &str, subgraph: Subgraph) -> Option<&str> {
        let ty = self.types.get(object)?;
        let faked = |interface: &&String| {
            self.types
                .get(*interface)
                .and_then(|ty| ty.homes.get(&subgraph))
                .is_some_and(|home| home.interface_object)
        };
        ty.interfaces.iter().find(faked).map(String::as_str)
    }

    /// The name a subgraph has for an object's type.
    pub(super) fn name_in<'a>(&'a self, object: &'a str, subgraph: Subgraph) -> Option<&'a str> {
        if self.types.get(object)?.homes.contains_key(&subgraph) {
            return Some(object);
        }
        self.fake(object, subgraph)
    }

    /// An object's field in a subgraph, perhaps an interface object's.
    pub(super) fn home(&self, object: &str, field: &str, subgraph: Subgraph) -> Option<&Home> {
        let name = self.name_in(object, subgraph)?;
        self.types.get(name)?.fields.get(field)?.homes.get(&subgraph)
    }

    /// Whether a subgraph's schema has a type: those without fields are left out.
    pub(super) fn is_declared(&self, name: &str, subgraph: Subgraph) -> bool {
        self.types.get(name).is_some_and(|ty| {
            ty.homes.contains_key(&subgraph)
                && (ty.kind == Kind::Union
                    || ty.fields.values().any(|field| field.homes.contains_key(&subgraph)))
        })
    }

    /// Whether a subgraph lost a field to another, given the labels that are set.
    pub(super) fn is_lost(&self, object: &str, field: &str, subgraph: Subgraph) -> bool {
        let Some(field) = self.types.get(object).and_then(|ty| ty.fields.get(field)) else { return false };
        let is_set = |label: &Option<String>| label.as_ref().is_none_or(|label| self.labels.contains(label));
        let gives = |(_, home): (&Subgraph, &Home)| {
            home.overrides.as_ref().is_some_and(|(from, label)| *from == subgraph && is_set(label))
        };
        let not_yet = |home: &Home| {
            let declared =
                |(from, label): &(Subgraph, Option<String>)| !is_set(label) && field.homes.contains_key(from);
            home.overrides.as_ref().is_some_and(declared)
        };
        field.homes.iter().any(gives) || field.homes.get(&subgraph).is_some_and(not_yet)
    }

    /// Removes what no subgraph declares.
    pub(super) fn prune(&mut self) {
        loop {
            let before = self.size();
            let declared = self.clone();
            let exists = |name: &str| {
                declared.types.get(name).is_none_or(|ty| !declared.is_composite(name) || !ty.homes.is_empty())
            };
            self.types.retain(|name, _| exists(name));
            let known: BTreeSet<&str> = self.types.keys().map(String::as_str).collect();
            let gone = |name: &str| declared.types.contains_key(name) && !known.contains(name);
            let lost: Vec<String> = declared.types.keys().filter(|name| gone(name)).cloned().collect();
            for (name, ty) in &mut self.types {
                let told = |other: &String| ty.homes.values().any(|home| home.known.contains(other));
                match ty.kind {
                    Kind::Union => ty.members.retain(|member| told(member) && !lost.contains(member)),
                    Kind::Object => {
                        ty.interfaces.retain(|interface| told(interface) && !lost.contains(interface))
                    }
                    _ => {}
                }
                ty.homes.values_mut().for_each(|home| home.known.retain(|other| !lost.contains(other)));
                let is_input = ty.kind == Kind::Input;
                ty.fields.retain(|key, field| {
                    is_input
                        || !lost.iter().any(|lost| lost == field.ty.name())
                            && (field.resolvers().next().is_some() || declared.is_faked(name, key))
                });
            }
            if self.size() == before {
                return;
            }
        }
    }

    /// Whether a key or requirement mentions a field of this name.
    pub(super) fn is_needed(&self, name: &str) -> bool {
        self.types.values().any(|ty| {
            ty.keys.iter().any(|key| mentions(key, name))
                || ty
                    .fields
                    .values()
                    .any(|field| field.homes.values().any(|home| mentions(&home.requires, name)))
        })
    }

    /// Whether a subgraph provides a field of this name somewhere.
    pub(super) fn is_provided(&self, name: &str, subgraph: Subgraph) -> bool {
        let mut fields = self.types.values().flat_map(|ty| ty.fields.values());
        fields.any(|field| field.homes.get(&subgraph).is_some_and(|home| mentions(&home.provides, name)))
    }

    /// Whether an object has a field from an interface object.
    pub(super) fn is_faked(&self, object: &str, field: &str) -> bool {
        let interfaces =
            self.types[object].interfaces.iter().filter_map(|interface| self.types.get(interface));
        interfaces.into_iter().any(|interface| {
            let fake =
                |subgraph: &Subgraph| interface.homes.get(subgraph).is_some_and(|home| home.interface_object);
            interface.fields.get(field).is_some_and(|field| field.homes.keys().any(fake))
        })
    }

    fn size(&self) -> usize {
        let parts = |ty: &Type| ty.fields.len() + ty.members.len() + ty.interfaces.len() + 1;
        self.types.values().map(parts).sum()
    }
}
