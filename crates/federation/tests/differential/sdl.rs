//! Models as schema text: one per subgraph, and the whole.

use std::collections::BTreeSet;
use std::fmt::Write;

use federation::compose::SubgraphSdl;

use super::model::{Argument, Field, Home, Kind, Model, Subgraph, Type, TypeHome, field_set};

const LINK: &str = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\", \"@requires\", \"@provides\", \"@external\", \"@shareable\", \"@override\", \"@inaccessible\", \"@interfaceObject\", \"@authenticated\", \"@requiresScopes\", \"@policy\", \"@context\", \"@fromContext\"])\n";

/// The schema of each subgraph; those that have nothing to say are left out.
pub(super) fn subgraphs(model: &Model) -> Vec<SubgraphSdl> {
    let printed = (0..model.subgraphs.len()).map(|subgraph| {
        (
            &model.subgraphs[subgraph],
            Printer { model, subgraph, text: String::new(), seen: BTreeSet::new() }.print(),
        )
    });
    let printed = printed.filter(|(_, text)| !text.is_empty());
    printed
        .map(|(name, text)| SubgraphSdl {
            name: name.clone(),
            url: String::new(),
            sdl: format!("{LINK}{text}"),
        })
        .collect()
}

struct Printer<'m> {
    model: &'m Model,
    subgraph: Subgraph,
    text: String,
    /// Enums, scalars and input objects that fields mention.
    seen: BTreeSet<String>,
}

impl Printer<'_> {
    fn print(mut self) -> String {
        for (name, ty) in &self.model.types {
            let Some(home) = ty.homes.get(&self.subgraph) else { continue };
            match ty.kind {
                Kind::Union => {
                    let members: Vec<&str> = home.known.iter().map(String::as_str).collect();
                    // Writing to a string cannot fail.
                    let _ =
                        writeln!(self.text, "union {name}{} = {}", self.contexts(name), members.join(" | "));
                }
                _ => self.composite(name, ty, home),
            }
        }
        print_leaves(self.model, &self.seen, &mut self.text);
        self.text
    }

    fn composite(&mut self, name: &str, ty: &Type, home: &TypeHome) {
        let fields: Vec<(&String, &Field)> =
            ty.fields.iter().filter(|(_, field)| field.homes.contains_key(&self.subgraph)).collect();
        if fields.is_empty() {
            return;
        }
        let is_interface = ty.kind == Kind::Interface && !home.interface_object;
        let mut head = format!("{} {name}", if is_interface { "interface" } else { "type" });
        if !home.known.is_empty() {
            let known: Vec<&str> = home.known.iter().map(String::as_str).collect();
            head = format!("{head} implements {}", known.join(" & "));
        }
        for (key, resolvable) in &home.keys {
            let resolvable = if *resolvable { "" } else { ", resolvable: false" };
            head = format!("{head} @key(fields: {:?}{resolvable})", field_set(&ty.keys[*key]));
        }
        if home.interface_object {
            head.push_str(" @interfaceObject");
        }
        head = format!("{head}{}{}", self.contexts(name), home.access);
        let _ = writeln!(self.text, "{head} {{");
        for (key, field) in fields {
            self.field(ty, key, field, is_interface);
        }
        self.text.push_str("}\n");
    }

    fn field(&mut self, ty: &Type, name: &str, field: &Field, is_interface: bool) {
        let home = &field.homes[&self.subgraph];
        let local = if home.stricter && !is_interface { field.ty.required() } else { field.ty.clone() };
        let mut line = format!("  {name}{}: {local}", arguments(field, self.contextual_argument(field)));
        // Interfaces declare, they do not resolve; what is provided is resolved as well.
        let resolves = |(subgraph, other): &(&Subgraph, &Home)| {
            let fakes = |subgraph| ty.homes.get(subgraph).is_some_and(|home| home.interface_object);
            (ty.kind != Kind::Interface || fakes(*subgraph))
                && (!other.external || self.model.is_provided(name, **subgraph))
        };
        if home.external {
            line.push_str(" @external");
        } else if !is_interface && field.homes.iter().filter(resolves).count() > 1 {
            line.push_str(" @shareable");
        }
        if !home.requires.is_empty() {
            line = format!("{line} @requires(fields: {:?})", field_set(&home.requires));
        }
        if !home.provides.is_empty() {
            line = format!("{line} @provides(fields: {:?})", field_set(&home.provides));
        }
        if let Some((from, label)) = &home.overrides {
            let from = &self.model.subgraphs[*from];
            let label = label.as_ref().map(|label| format!(", label: {label:?}")).unwrap_or_default();
            line = format!("{line} @override(from: {from:?}{label})");
        }
        if field.inaccessible && !home.external {
            line.push_str(" @inaccessible");
        }
        if !home.external {
            line = format!("{line}{}", home.access);
        }
        let _ = writeln!(self.text, "{line}");
        mention(field, &mut self.seen);
    }

    /// The directives of the contexts that a type sets.
    fn contexts(&self, ty: &str) -> String {
        let names: BTreeSet<&str> = self.model.contexts(ty, self.subgraph).collect();
        names.into_iter().map(|name| format!(" @context(name: {name:?})")).collect()
    }

    /// The argument of a field that its context gives.
    fn contextual_argument(&self, field: &Field) -> Option<String> {
        let context = field.context.as_ref()?;
        let name = &context.name;
        let is_object =
            |setter: &String| self.model.types.get(setter).is_none_or(|ty| ty.kind == Kind::Object);
        let selection = if context.setters.iter().all(is_object) {
            format!("{{ {name} }}")
        } else {
            let objects = context.setters.iter().flat_map(|setter| self.model.possible(setter));
            let objects: BTreeSet<&str> = objects.collect();
            let parts = objects.into_iter().map(|object| format!("... on {object} {{ {name} }}"));
            parts.collect::<Vec<_>>().join(" ")
        };
        let from = format!("${name} {selection}");
        Some(format!("{name}: {} @fromContext(field: {from:?})", context.ty))
    }
}

fn arguments(field: &Field, more: Option<String>) -> String {
    let one = |(name, argument): (&String, &Argument)| {
        let default = argument.default.as_ref().map(|text| format!(" = {text}")).unwrap_or_default();
        format!("{name}: {}{default}", argument.ty)
    };
    let all: Vec<String> = field.arguments.iter().map(one).chain(more).collect();
    if all.is_empty() { String::new() } else { format!("({})", all.join(", ")) }
}

fn mention(field: &Field, seen: &mut BTreeSet<String>) {
    seen.insert(field.ty.name().to_owned());
    seen.extend(field.arguments.values().map(|argument| argument.ty.name().to_owned()));
}

fn print_leaves(model: &Model, seen: &BTreeSet<String>, text: &mut String) {
    let mut seen = seen.clone();
    let inputs: Vec<&Type> =
        seen.iter().filter_map(|name| model.types.get(name)).filter(|ty| ty.kind == Kind::Input).collect();
    for input in inputs {
        input.fields.values().for_each(|field| mention(field, &mut seen));
    }
    for (name, ty) in model.types.iter().filter(|(name, _)| seen.contains(*name)) {
        let line = match ty.kind {
            Kind::Enum => format!("enum {name} {{ {} }}", ty.members.join(" ")),
            Kind::Scalar => format!("scalar {name}"),
            Kind::Input => {
                let fields: Vec<String> =
                    ty.fields.iter().map(|(key, field)| format!("{key}: {}", field.ty)).collect();
                format!("input {name} {{ {} }}", fields.join(" "))
            }
            _ => continue,
        };
        let _ = writeln!(text, "{line}");
    }
}

/// The schema that a single server with everything would serve.
pub(super) fn whole(model: &Model) -> String {
    let mut text = String::new();
    let mut seen = BTreeSet::new();
    for (name, ty) in &model.types {
        if ty.homes.is_empty() {
            continue;
        }
        if ty.kind == Kind::Union {
            let _ = writeln!(text, "union {name} = {}", ty.members.join(" | "));
            continue;
        }
        let mut head = format!("{} {name}", if ty.kind == Kind::Interface { "interface" } else { "type" });
        if !ty.interfaces.is_empty() {
            let interfaces: Vec<&str> = ty.interfaces.iter().map(String::as_str).collect();
            head = format!("{head} implements {}", interfaces.join(" & "));
        }
        let _ = writeln!(text, "{head} {{");
        for (key, field) in visible(model, name) {
            let _ = writeln!(text, "  {key}{}: {}", arguments(field, None), field.ty);
            mention(field, &mut seen);
        }
        text.push_str("}\n");
    }
    print_leaves(model, &seen, &mut text);
    text
}

/// The fields that clients see.
pub(super) fn visible<'m>(model: &'m Model, name: &str) -> Vec<(&'m String, &'m Field)> {
    let ty = &model.types[name];
    let fields = ty.fields.iter().filter(|(_, field)| !field.inaccessible);
    fields.filter(|(key, field)| !field.homes.is_empty() || model.is_faked(name, key)).collect()
}
