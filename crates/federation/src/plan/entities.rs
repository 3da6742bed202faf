//! Requests for entities as GraphQL text, for one or several values of the arguments that enclosing objects give.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use super::query_plan::{
    Anchor, ContextVariable, EntityInput, Fetch, FetchInput, Necessity, OperationKind, SubgraphOperation,
};
use crate::graph::SubgraphId;
use crate::operation::Groups;

/// What stands around the place of an argument's value in a body. No GraphQL text has control characters.
const MARK: [char; 2] = ['\u{1}', '\u{2}'];

/// Leaves a place for a variable, to be named later.
pub(super) fn push_mark(place: usize, text: &mut String) {
    let [open, close] = MARK;
    // Writing to a string cannot fail.
    let _ = write!(text, "{open}{place}{close}");
}

/// The names of variables that are not the client's.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) representations: String,
    pub(super) context: String,
}

/// The type of a variable for an argument that enclosing objects give.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ContextType {
    /// See [`ContextVariable::place`].
    pub(super) place: usize,
    pub(super) ty: Arc<str>,
    pub(super) necessity: Necessity,
}

impl Names {
    /// The n-th lookup of a request.
    pub(super) fn input(&self, number: usize, contexts: &[ContextType], anchors: Vec<Anchor>) -> EntityInput {
        let (key, suffix) = match number {
            0 => ("_entities".to_owned(), String::new()),
            number => (format!("_{number}"), number.to_string()),
        };
        let context = |context: &ContextType| {
            let separator = if number == 0 { "" } else { "_" };
            ContextVariable {
                name: format!("{}{}{separator}{suffix}", self.context, context.place).into(),
                ty: context.ty.clone(),
                place: context.place,
                necessity: context.necessity,
            }
        };
        EntityInput {
            key: key.into(),
            variable: format!("{}{suffix}", self.representations).into(),
            contexts: contexts.iter().map(context).collect(),
            anchors,
            reductions: None,
        }
    }
}

/// Writes a selection set: fields in the open or in fragments on further types, of each part the same field once.
pub(super) fn write_selections<'t, N: AsRef<str>>(
    typename: bool,
    parts: impl IntoIterator<Item = (Option<N>, impl IntoIterator<Item = &'t str>)>,
    text: &mut String,
) {
    let start = text.len();
    if typename {
        text.push_str("__typename");
    }
    for (condition, fields) in parts {
        if let Some(condition) = &condition {
            text.push_str("...on ");
            text.push_str(condition.as_ref());
            text.push('{');
        }
        let opening = text.len();
        let mut written: Vec<&str> = Vec::new();
        for field in fields {
            if written.contains(&field) {
                continue;
            }
            written.push(field);
            // A field before needs a separator unless it ended with a brace or parenthesis.
            if (text.len() > opening || condition.is_none()) && ends_with_name(&text[start..]) {
                text.push(' ');
            }
            text.push_str(field);
        }
        if condition.is_some() {
            text.push('}');
        }
    }
    if text.len() == start {
        text.push_str("__typename");
    }
}

fn ends_with_name(text: &str) -> bool {
    text.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '_')
}

/// The document that looks up entities once for each input. `definitions` are those of the client's variables.
pub(super) fn text(definitions: &str, inputs: &[EntityInput], bodies: &[String]) -> String {
    let mut variables: Vec<String> = Vec::new();
    for input in inputs {
        variables.push(format!("${}:[_Any!]!", input.variable));
        variables.extend(input.contexts.iter().map(|context| format!("${}:{}", context.name, context.ty)));
    }
    if !definitions.is_empty() {
        variables.push(definitions.to_owned());
    }
    let mut text = format!("query({}){{", variables.join(","));
    for (input, body) in inputs.iter().zip(bodies) {
        if *input.key != *"_entities" {
            text.push_str(&input.key);
            text.push(':');
        }
        // Writing to a string cannot fail.
        let _ = write!(text, "_entities(representations:${}){{", input.variable);
        write_body(body, &input.contexts, &mut text);
        text.push('}');
    }
    text.push('}');
    text
}

/// A request for entities by itself, without anchors; for the client's definitions and the variables in them.
pub(super) fn lookup(
    subgraph: SubgraphId,
    names: &Names,
    (definitions, variables): (String, Vec<Arc<str>>),
    contexts: &[ContextType],
    bodies: &[String],
) -> Fetch {
    let inputs: Vec<EntityInput> =
        (0..bodies.len()).map(|number| names.input(number, contexts, Vec::new())).collect();
    let text = text(&definitions, &inputs, bodies);
    let operation = SubgraphOperation::new(OperationKind::Query, text.into(), None, variables);
    Fetch {
        subgraph,
        operation,
        input: FetchInput::Entities(inputs),
        depends_on: Vec::new(),
        groups: Groups::NONE,
        variants: None,
    }
}

/// Writes a body with its places named.
fn write_body(body: &str, contexts: &[ContextVariable], text: &mut String) {
    let [open, close] = MARK;
    let mut rest = body;
    while let Some((before, marked)) = rest.split_once(open) {
        text.push_str(before);
        let (place, after) = marked.split_once(close).unwrap_or((marked, ""));
        let place: Option<usize> = place.parse().ok();
        if let Some(variable) = contexts.iter().find(|variable| Some(variable.place) == place) {
            text.push('$');
            text.push_str(&variable.name);
        }
        rest = after;
    }
    text.push_str(rest);
}

/// A fetch whose arguments come from enclosing objects, as it is sent when these give several values: entities that
/// share the values are looked up together, each group under an alias of its own.
#[derive(Debug)]
pub struct Variants {
    subgraph: SubgraphId,
    definitions: String,
    /// The client's variables in the definitions.
    variables: Vec<Arc<str>>,
    body: String,
    names: Names,
    contexts: Vec<ContextType>,
    /// For 2, 4, 8, .. groups, made when needed first.
    made: [OnceLock<Box<Fetch>>; Self::MOST.ilog2() as usize],
}

impl Variants {
    /// The most groups of one request. More are sent as several requests.
    pub const MOST: usize = 64;

    pub(super) fn new(
        subgraph: SubgraphId,
        (definitions, variables): (String, Vec<Arc<str>>),
        body: String,
        names: Names,
        contexts: Vec<ContextType>,
    ) -> Self {
        let made = std::array::from_fn(|_| OnceLock::new());
        Self { subgraph, definitions, variables, body, names, contexts, made }
    }

    /// The fetch for so many groups, at least 2 and at most [`Variants::MOST`], or for a few more: those are left
    /// without representations. Few different fetches let transports keep what they made of each. Its inputs have
    /// no anchors, and it depends on nothing: in both, the fetch it stands for counts.
    pub fn of(&self, groups: usize) -> &Fetch {
        let groups = groups.clamp(2, Self::MOST).next_power_of_two();
        self.made[groups.ilog2() as usize - 1].get_or_init(|| Box::new(self.make(groups)))
    }

    fn make(&self, groups: usize) -> Fetch {
        let client = (self.definitions.clone(), self.variables.clone());
        let bodies = vec![self.body.clone(); groups];
        lookup(self.subgraph, &self.names, client, &self.contexts, &bodies)
    }
}
