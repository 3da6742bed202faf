//! Operations as trees, so that they can be made smaller.

use std::fmt::Write;

use federation::plan::query_plan::OperationKind;
use serde_json::{Map, Value as Json};

#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) kind: OperationKind,
    pub(super) variables: Vec<Variable>,
    pub(super) root: Vec<Selection>,
    pub(super) fragments: Vec<Fragment>,
}

#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) ty: String,
    pub(super) default: Option<String>,
    /// Absent when the client does not give it.
    pub(super) value: Option<Json>,
}

#[derive(Clone, Debug)]
pub(super) struct Fragment {
    pub(super) name: String,
    pub(super) on: String,
    pub(super) below: Vec<Selection>,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Field { alias: Option<String>, name: String, arguments: Vec<(String, String)> },
    Inline { on: Option<String> },
    Spread { name: String },
}

#[derive(Clone, Debug)]
pub(super) struct Selection {
    pub(super) what: What,
    /// E.g. `@skip(if: $v1)`.
    pub(super) directives: String,
    /// Whether it is marked `@defer`: a fragment itself, a field in a fragment around it.
    pub(super) deferred: bool,
    pub(super) below: Vec<Selection>,
}

impl Document {
    /// Marks selections as deferred.
    pub(super) fn defer(&mut self, mut is_deferred: impl FnMut(&Selection) -> bool) {
        let mut open: Vec<&mut Selection> = self.lists().into_iter().flatten().collect();
        while let Some(selection) = open.pop() {
            selection.deferred = is_deferred(selection);
            open.extend(&mut selection.below);
        }
    }

    /// Whether anything is deferred.
    pub(super) fn defers(&self) -> bool {
        self.print(true).0.contains("@defer")
    }

    /// GraphQL text and variables; without fragments and variables that nothing uses. `defer` says whether what is
    /// marked `@defer` is.
    pub(super) fn print(&self, defer: bool) -> (String, String) {
        let mut body = String::from("{ ");
        write_selections(&self.root, defer, &mut body);
        body.push('}');
        let mut used: Vec<&Fragment> = Vec::new();
        loop {
            let next = self.fragments.iter().find(|fragment| {
                used.iter().all(|known| known.name != fragment.name) && mentions(&body, "...", &fragment.name)
            });
            let Some(fragment) = next else { break };
            // Writing to a string cannot fail.
            let _ = write!(body, "\nfragment {} on {} {{ ", fragment.name, fragment.on);
            write_selections(&fragment.below, defer, &mut body);
            body.push('}');
            used.push(fragment);
        }
        let used = self.variables.iter().filter(|variable| mentions(&body, "$", &variable.name));
        let mut declared = Vec::new();
        let mut values = Map::new();
        for variable in used {
            let default = variable.default.as_ref().map(|text| format!(" = {text}")).unwrap_or_default();
            declared.push(format!("${}: {}{default}", variable.name, variable.ty));
            if let Some(value) = &variable.value {
                values.insert(variable.name.clone(), value.clone());
            }
        }
        let kind = match self.kind {
            OperationKind::Query => "query",
            OperationKind::Mutation => "mutation",
            OperationKind::Subscription => "subscription",
        };
        let declared = if declared.is_empty() { String::new() } else { format!("({})", declared.join(", ")) };
        (format!("{kind}{declared} {body}"), Json::Object(values).to_string())
    }

    /// The selections by number, fragments last.
    fn lists(&mut self) -> Vec<&mut Vec<Selection>> {
        let mut lists = vec![&mut self.root];
        lists.extend(self.fragments.iter_mut().map(|fragment| &mut fragment.below));
        lists
    }

    /// Documents that ask a little less.
    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut smaller = Vec::new();
        let count = self.clone().lists().into_iter().map(|list| size(list)).sum();
        for index in 0..count {
            for change in [Change::Remove, Change::Unwrap, Change::Plain, Change::NoArguments] {
                let mut document = self.clone();
                let mut left = index;
                let lists = document.lists();
                if lists.into_iter().any(|list| apply(list, &mut left, change)) {
                    smaller.push(document);
                }
            }
        }
        smaller
    }

    pub(super) fn size(&self) -> usize {
        size(&self.root) + self.fragments.iter().map(|fragment| size(&fragment.below)).sum::<usize>()
    }
}

/// Whether a name follows a mark, as a whole word.
fn mentions(text: &str, mark: &str, name: &str) -> bool {
    text.split(mark).skip(1).any(|rest| {
        rest.strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

fn size(list: &[Selection]) -> usize {
    list.iter().map(|selection| 1 + size(&selection.below)).sum()
}

#[derive(Clone, Copy)]
enum Change {
    Remove,
    /// Puts what is below in its place.
    Unwrap,
    /// Without alias and directives.
    Plain,
    NoArguments,
}

/// Changes the selection with a number; `false` if that changes nothing.
fn apply(list: &mut Vec<Selection>, left: &mut usize, change: Change) -> bool {
    for index in 0..list.len() {
        if *left > 0 {
            *left -= 1;
            if apply(&mut list[index].below, left, change) {
                return true;
            }
            if *left == usize::MAX {
                return false;
            }
            continue;
        }
        *left = usize::MAX;
        let selection = &mut list[index];
        return match (change, &mut selection.what) {
            (Change::Remove, _) => {
                list.remove(index);
                true
            }
            (Change::Unwrap, What::Inline { .. }) => {
                let below = std::mem::take(&mut selection.below);
                list.splice(index..=index, below);
                true
            }
            (Change::Plain, What::Field { alias, .. })
                if alias.is_some() || !selection.directives.is_empty() =>
            {
                *alias = None;
                selection.directives.clear();
                true
            }
            (Change::Plain, _) if !selection.directives.is_empty() => {
                selection.directives.clear();
                true
            }
            (Change::Plain, _) if selection.deferred => {
                selection.deferred = false;
                true
            }
            (Change::NoArguments, What::Field { arguments, .. }) if !arguments.is_empty() => {
                arguments.clear();
                true
            }
            _ => false,
        };
    }
    false
}

fn write_selections(list: &[Selection], defer: bool, text: &mut String) {
    for Selection { what, directives, deferred, below } in list {
        let deferred = defer && *deferred;
        let around = deferred && matches!(what, What::Field { .. });
        if around {
            text.push_str("... @defer { ");
        }
        match what {
            What::Field { alias, name, arguments } => {
                if let Some(alias) = alias {
                    let _ = write!(text, "{alias}: ");
                }
                text.push_str(name);
                if !arguments.is_empty() {
                    let arguments: Vec<String> =
                        arguments.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                    let _ = write!(text, "({})", arguments.join(", "));
                }
            }
            What::Inline { on: Some(on) } => {
                let _ = write!(text, "... on {on}");
            }
            What::Inline { on: None } => text.push_str("..."),
            What::Spread { name } => {
                let _ = write!(text, "...{name}");
            }
        }
        text.push(' ');
        if !directives.is_empty() {
            let _ = write!(text, "{directives} ");
        }
        if deferred && !around {
            text.push_str("@defer ");
        }
        if !below.is_empty() {
            text.push_str("{ ");
            write_selections(below, defer, text);
            text.push_str("} ");
        }
        if around {
            text.push_str("} ");
        }
    }
}
