//! `@context` and `@fromContext`: who sets a context and what an argument takes from it.

use super::model::{Subgraph, TypeDef};
use super::spec::Kind;

/// Splits `$context selection`; `None` when it does not start with a context.
pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text.trim_start().strip_prefix('$')?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let (context, selection) = rest.split_at(end);
    (!context.is_empty()).then(|| (context, selection.trim()))
}

/// The types of a subgraph that set a context.
pub(crate) fn setters<'a>(subgraph: &'a Subgraph, context: &str) -> impl Iterator<Item = &'a TypeDef> {
    subgraph.types.values().filter(move |ty| {
        ty.directives.all(Kind::Context).any(|applied| applied.text("name") == Some(context))
    })
}
