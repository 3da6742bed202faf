//! Random operations on a model, valid but for response keys that clash.

use federation::plan::query_plan::OperationKind;
use serde_json::{Value as Json, json};

use crate::differential::dice::{Dice, hash};
use crate::differential::model::{Argument, Field, Kind, Model, Subgraph};
use crate::differential::operation::{Document, Fragment, Selection, Variable, What};
use crate::differential::sdl::visible;

const DEPTH: usize = 5;

struct Writer<'m> {
    model: &'m Model,
    dice: Dice,
    document: Document,
    /// Whether response keys follow from the field, so that none clash.
    careful: bool,
    /// How many more selections there may be.
    left: usize,
    /// Who resolved the last mutation.
    last: Option<Subgraph>,
}

pub(in crate::differential) fn operation(model: &Model, seed: u64, careful: bool) -> Document {
    let mut dice = Dice::new(seed);
    let is_mutation = model.types.contains_key("Mutation") && dice.chance(3);
    // With dice of their own, so that they change no other operation.
    let subscribes = model.types.contains_key("Subscription") && Dice::new(hash((seed, "events"))).chance(4);
    let kind = match (subscribes, is_mutation) {
        (true, _) => OperationKind::Subscription,
        (false, true) => OperationKind::Mutation,
        (false, false) => OperationKind::Query,
    };
    let document = Document { kind, variables: Vec::new(), root: Vec::new(), fragments: Vec::new() };
    let left = dice.between(5, 60);
    let mut writer = Writer { model, dice, document, careful, left, last: None };
    writer.document.root = match kind {
        OperationKind::Query => writer.selections("Query", DEPTH),
        OperationKind::Mutation => writer.selections("Mutation", DEPTH),
        OperationKind::Subscription => writer.event(),
    };
    if kind == OperationKind::Query {
        // With dice of their own, so that what is deferred changes nothing else.
        let mut dice = Dice::new(hash((seed, "defer")));
        writer.document.defer(|selection| {
            let one_in = if matches!(selection.what, What::Field { .. }) { 9 } else { 3 };
            dice.chance(one_in)
        });
    }
    writer.document
}

impl Writer<'_> {
    fn selections(&mut self, ty: &str, depth: usize) -> Vec<Selection> {
        let mut list = Vec::new();
        let fields = match self.model.types[ty].kind {
            Kind::Union => Vec::new(),
            _ => visible(self.model, ty),
        };
        for _ in 0..self.dice.between(1, 4) {
            if fields.is_empty() || self.left == 0 {
                break;
            }
            let (name, field) = fields[self.dice.below(fields.len())];
            let same = |last: &Subgraph| field.homes.contains_key(last);
            if ty == "Mutation" && self.last.as_ref().is_some_and(same) && !self.dice.chance(4) {
                continue;
            }
            if ty == "Mutation" {
                self.last = field.homes.keys().next().copied();
            }
            list.extend(self.field(name, field, depth));
        }
        let root = matches!(ty, "Query" | "Mutation");
        let is_abstract = self.model.types[ty].kind != Kind::Object;
        for _ in 0..self.dice.between(0, if is_abstract { 3 } else { 1 }) {
            if depth > 0 && self.left > 0 && (!root || self.dice.chance(4)) {
                list.push(self.fragment(ty, depth - 1));
            }
        }
        if list.is_empty() || self.dice.chance(8) {
            let alias = self.dice.chance(3).then(|| "kind".to_owned());
            let what = What::Field { alias, name: "__typename".to_owned(), arguments: Vec::new() };
            list.push(Selection { what, directives: String::new(), deferred: false, below: Vec::new() });
        }
        list
    }

    /// One event, without condition.
    fn event(&mut self) -> Vec<Selection> {
        let (name, field) = *self.dice.pick(&visible(self.model, "Subscription"));
        let selection = self.field(name, field, DEPTH);
        selection.map(|selection| Selection { directives: String::new(), ..selection }).into_iter().collect()
    }

    fn field(&mut self, name: &str, field: &Field, depth: usize) -> Option<Selection> {
        let composite = self.model.is_composite(field.ty.name());
        if composite && depth == 0 {
            return None;
        }
        self.left = self.left.saturating_sub(1);
        let mut arguments = Vec::new();
        for (name, argument) in &field.arguments {
            if argument.ty.is_non_null() || self.dice.chance(2) {
                arguments.push((name.clone(), self.argument(argument)));
            }
        }
        let below = if composite { self.selections(field.ty.name(), depth - 1) } else { Vec::new() };
        let told = format!("{name}_{}", hash((&arguments, field.ty.to_string())) % 1000);
        let alias = if self.careful || self.dice.chance(3) {
            Some(told)
        } else if self.dice.chance(20) {
            Some((self.dice.word(&["id", "name", "code", "size"])).to_owned())
        } else {
            None
        };
        let what = What::Field { alias, name: name.to_owned(), arguments };
        Some(Selection { what, directives: self.directives(), deferred: false, below })
    }

    fn fragment(&mut self, ty: &str, depth: usize) -> Selection {
        let here = self.model.possible(ty);
        let overlaps = |other: &&String| {
            self.model.is_composite(other)
                && self.model.possible(other).iter().any(|object| here.contains(object))
        };
        let conditions: Vec<String> = self.model.types.keys().filter(overlaps).cloned().collect();
        let directives = self.directives();
        if self.dice.chance(8) {
            let below = self.selections(ty, depth);
            return Selection { what: What::Inline { on: None }, directives, deferred: false, below };
        }
        let on = self.dice.pick(&conditions).clone();
        let known: Vec<String> = (self.document.fragments.iter())
            .filter(|fragment| conditions.contains(&fragment.on))
            .map(|fragment| fragment.name.clone())
            .collect();
        if !known.is_empty() && self.dice.chance(3) {
            let name = self.dice.pick(&known).clone();
            return Selection { what: What::Spread { name }, directives, deferred: false, below: Vec::new() };
        }
        let below = self.selections(&on, depth);
        if self.dice.chance(3) {
            let name = format!("part{}", self.document.fragments.len());
            self.document.fragments.push(Fragment { name: name.clone(), on, below });
            return Selection { what: What::Spread { name }, directives, deferred: false, below: Vec::new() };
        }
        Selection { what: What::Inline { on: Some(on) }, directives, deferred: false, below }
    }

    fn directives(&mut self) -> String {
        if !self.dice.chance(10) {
            return String::new();
        }
        let name = self.dice.word(&["skip", "include"]);
        let condition = if self.dice.chance(4) {
            self.dice.word(&["true", "false"]).to_owned()
        } else {
            let value = json!(self.dice.chance(2));
            self.variable("Boolean!", None, Some(value))
        };
        format!("@{name}(if: {condition})")
    }

    fn variable(&mut self, ty: &str, default: Option<String>, value: Option<Json>) -> String {
        let name = format!("v{}", self.document.variables.len());
        self.document.variables.push(Variable { name: name.clone(), ty: ty.to_owned(), default, value });
        format!("${name}")
    }

    /// A value for an argument: a literal or a variable.
    fn argument(&mut self, argument: &Argument) -> String {
        let name = argument.ty.name();
        let (literal, value) = self.literal(name);
        if !self.dice.chance(3) {
            return literal;
        }
        if argument.ty.is_non_null() {
            return self.variable(&argument.ty.to_string(), None, Some(value));
        }
        match self.dice.below(4) {
            0 => self.variable(name, Some(literal), None),
            1 => self.variable(name, None, None),
            2 if argument.default.is_none() => self.variable(name, None, Some(Json::Null)),
            _ => self.variable(name, None, Some(value)),
        }
    }

    fn literal(&mut self, name: &str) -> (String, Json) {
        match name {
            "Int" => {
                let number = self.dice.below(4);
                (number.to_string(), json!(number))
            }
            "Boolean" => {
                let yes = self.dice.chance(2);
                (yes.to_string(), json!(yes))
            }
            "String" => {
                let text = self.dice.word(&["a", "b", "\u{e9} \" \\"]);
                (json!(text).to_string(), json!(text))
            }
            "Colour" => {
                let colour = self.dice.word(&["RED", "GREEN"]);
                (colour.to_owned(), json!(colour))
            }
            _ => {
                let most = self.dice.below(3);
                let mut literal = format!("{{most: {most}, colour: RED}}");
                let mut value = json!({"most": most, "colour": "RED"});
                if self.dice.chance(2) {
                    literal = format!("{{within: [{literal}]}}");
                    value = json!({"within": [value]});
                }
                (literal, value)
            }
        }
    }
}
