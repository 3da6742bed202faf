//! The environment: the only place that reads it, and `${env.NAME}` in configuration files.

use std::collections::BTreeMap;

use super::problem::Problem;
use super::tree::{Node, Value};

/// Where variables come from; tests pass a map.
pub trait Environment {
    /// The value of a variable.
    fn variable(&self, name: &str) -> Option<String>;
}

/// The variables of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

impl Environment for BTreeMap<String, String> {
    fn variable(&self, name: &str) -> Option<String> {
        self.get(name).cloned()
    }
}

/// Replaces `${env.NAME}` and `${env.NAME:-default}` in all values of a document; `$$` stands for `$`.
pub(super) fn expand(node: &mut Node, environment: &dyn Environment, problems: &mut Vec<Problem>) {
    walk(node, String::new(), environment, problems);
}

fn walk(node: &mut Node, key: String, environment: &dyn Environment, problems: &mut Vec<Problem>) {
    match &mut node.value {
        Value::Text(text) if text.contains('$') => match expand_text(text, environment) {
            Ok((expanded, names)) => node.value = Value::Expanded(expanded, names),
            Err(message) => problems.push(Problem { line: node.line, column: node.column, key, message }),
        },
        Value::List(items) => {
            for (index, item) in items {
                walk(item, format!("{key}[{index}]"), environment, problems);
            }
        }
        Value::Map(entries) => {
            for (name, value) in entries {
                let Value::Text(name) = &name.value else { continue };
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                walk(value, key, environment, problems);
            }
        }
        _ => {}
    }
}

/// The text with variables put in, and the names of those that were set.
fn expand_text(text: &str, environment: &dyn Environment) -> Result<(String, Vec<String>), String> {
    let mut expanded = String::with_capacity(text.len());
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(position) = rest.find('$') {
        expanded.push_str(&rest[..position]);
        let tail = &rest[position + 1..];
        if let Some(after) = tail.strip_prefix('$') {
            expanded.push('$');
            rest = after;
        } else if let Some(inside) = tail.strip_prefix('{') {
            let Some((expression, after)) = inside.split_once('}') else {
                return Err("`${` without `}`".to_owned());
            };
            let (value, name) = resolve(expression, environment)?;
            expanded.push_str(&value);
            names.extend(name.map(str::to_owned));
            rest = after;
        } else {
            expanded.push('$');
            rest = tail;
        }
    }
    expanded.push_str(rest);
    Ok((expanded, names))
}

/// A value, and the name of the variable it is from.
fn resolve<'a>(
    expression: &'a str,
    environment: &dyn Environment,
) -> Result<(String, Option<&'a str>), String> {
    let Some(variable) = expression.strip_prefix("env.") else {
        return Err(format!("`${{{expression}}}` is not known; write `${{env.{expression}}}`"));
    };
    let (name, default) = match variable.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (variable, None),
    };
    match (environment.variable(name), default) {
        (Some(value), None) => Ok((value, Some(name))),
        (Some(value), Some(_)) if !value.is_empty() => Ok((value, Some(name))),
        (_, Some(default)) => Ok((default.to_owned(), None)),
        (None, None) => Err(format!(
            "the environment variable `{name}` is not set; set it or give a default: `${{env.{name}:-default}}`"
        )),
    }
}
