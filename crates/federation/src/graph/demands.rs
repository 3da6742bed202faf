//! Scopes and policies: which alternatives a caller needs, and how several demands combine.

use std::collections::BTreeSet;

use apollo_compiler::ast::Value;

/// Alternatives (OR) of names that are all needed (AND), simplified: no alternative contains another. Without any
/// alternative, nobody meets it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Demands(BTreeSet<BTreeSet<String>>);

impl Demands {
    /// Reads `[["a", "b"], ["c"]]`; a name that stands for itself is a list of one (GraphQL specification 3.11).
    /// An alternative that cannot be read is none.
    pub fn read(value: &Value) -> Self {
        let alternatives = match value {
            Value::List(items) => items.iter().filter_map(|item| alternative(item)).collect(),
            single => alternative(single).into_iter().collect(),
        };
        Self(alternatives).simplified()
    }

    /// Demands that hold exactly when both hold.
    pub(crate) fn and(&self, other: &Self) -> Self {
        // No alternative at all means that nobody is let in, so that it must not act as "no demand".
        let product = self.0.iter().flat_map(|a| other.0.iter().map(move |b| a.union(b).cloned().collect()));
        Self(product.collect()).simplified()
    }

    /// Whether everyone who meets `self` meets `other` as well.
    pub fn implies(&self, other: &Self) -> bool {
        self.0.iter().all(|own| other.0.iter().any(|needed| needed.is_subset(own)))
    }

    /// Whether somebody who holds certain names meets them.
    pub fn are_met(&self, holds: impl Fn(&str) -> bool) -> bool {
        self.0.iter().any(|alternative| alternative.iter().all(|name| holds(name)))
    }

    /// The alternatives, sorted.
    pub fn alternatives(&self) -> impl Iterator<Item = &BTreeSet<String>> {
        self.0.iter()
    }

    fn simplified(self) -> Self {
        let all = self.0;
        let is_weaker = |a: &BTreeSet<String>| all.iter().any(|b| b != a && b.is_subset(a));
        Self(all.iter().filter(|alternative| !is_weaker(alternative)).cloned().collect())
    }
}

fn alternative(value: &Value) -> Option<BTreeSet<String>> {
    match value {
        Value::List(names) => names.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
        single => Some(BTreeSet::from([single.as_str()?.to_owned()])),
    }
}

/// The demands of all sources together; `None` when none has any.
pub(crate) fn all(demands: impl IntoIterator<Item = Demands>) -> Option<Demands> {
    demands.into_iter().reduce(|a, b| a.and(&b))
}

#[cfg(test)]
mod tests {
    use apollo_compiler::ast::Document;

    use super::*;

    fn demands(text: &str) -> Demands {
        let document = Document::parse(format!("{{ f(a: {text}) }}"), "demands.graphql").unwrap();
        let operation = document.definitions[0].as_operation_definition().unwrap();
        let field = operation.selection_set[0].as_field().unwrap();
        Demands::read(&field.arguments[0].value)
    }

    #[test]
    fn demands_multiply_out_and_simplify() {
        let merged = demands(r#"[["a"], ["b"]]"#).and(&demands(r#"[["a"], ["c"]]"#));
        assert_eq!(merged, demands(r#"[["a"], ["b", "c"]]"#));
    }

    #[test]
    fn an_empty_list_of_alternatives_lets_nobody_in() {
        assert_eq!(demands("[]").and(&demands(r#"[["a"]]"#)), demands("[]"));
        assert!(!demands("[]").are_met(|_| true));
    }

    #[test]
    fn one_alternative_must_be_held_whole() {
        let demands = demands(r#"[["a", "b"], ["c"]]"#);
        assert!(!demands.are_met(|name| name == "a"));
        assert!(demands.are_met(|name| name != "c"));
        assert!(demands.are_met(|name| name == "c"));
    }

    #[test]
    fn names_stand_for_lists_of_them() {
        assert_eq!(demands(r#""a""#), demands(r#"[["a"]]"#));
        assert_eq!(demands(r#"["a", "b"]"#), demands(r#"[["a"], ["b"]]"#));
    }

    #[test]
    fn what_cannot_be_read_lets_nobody_in() {
        assert_eq!(demands(r#"[["a", 5], 7]"#), demands("[]"));
    }

    #[test]
    fn stricter_demands_imply_weaker_ones() {
        assert!(demands(r#"[["a", "b"]]"#).implies(&demands(r#"[["a"], ["c"]]"#)));
        assert!(!demands(r#"[["a"], ["d"]]"#).implies(&demands(r#"[["a"], ["c"]]"#)));
    }
}
