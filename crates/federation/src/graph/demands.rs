//! Scopes and policies: which alternatives a caller needs, and how several demands combine.

use std::collections::BTreeSet;

use apollo_compiler::ast::Value;

/// The most alternatives that several demands together may have. Each demand with two alternatives doubles them, so
/// that without a bound few elements would be enough to use up all memory.
pub(crate) const MAX_ALTERNATIVES: usize = 1000;

/// Several demands together have more than [`MAX_ALTERNATIVES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("together, the demands have more than {MAX_ALTERNATIVES} alternatives")]
pub(crate) struct TooManyAlternatives;

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
    pub(crate) fn and(&self, other: &Self) -> Result<Self, TooManyAlternatives> {
        for (own, other) in [(self, other), (other, self)] {
            if own.implies(other) {
                return Ok(own.clone());
            }
        }
        if self.0.len().saturating_mul(other.0.len()) > MAX_ALTERNATIVES {
            return Err(TooManyAlternatives);
        }
        // No alternative at all means that nobody is let in, so that it must not act as "no demand".
        let product = self.0.iter().flat_map(|a| other.0.iter().map(move |b| a.union(b).cloned().collect()));
        Ok(Self(product.collect()).simplified())
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
        // Every alternative is compared with every other; a list that long is meant as it is written.
        if all.len() > MAX_ALTERNATIVES {
            return Self(all);
        }
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
pub(crate) fn all(
    demands: impl IntoIterator<Item = Demands>,
) -> Result<Option<Demands>, TooManyAlternatives> {
    let mut demands = demands.into_iter();
    let Some(first) = demands.next() else { return Ok(None) };
    demands.try_fold(first, |all, next| all.and(&next)).map(Some)
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
        assert_eq!(merged, Ok(demands(r#"[["a"], ["b", "c"]]"#)));
    }

    #[test]
    fn an_empty_list_of_alternatives_lets_nobody_in() {
        assert_eq!(demands("[]").and(&demands(r#"[["a"]]"#)), Ok(demands("[]")));
        assert!(!demands("[]").are_met(|_| true));
    }

    #[test]
    fn demands_that_double_each_other_end_at_a_bound() {
        let pair = |number: usize| demands(&format!(r#"[["a{number}"], ["b{number}"]]"#));
        assert_eq!(all((0..9).map(pair)).unwrap().unwrap().alternatives().count(), 512);
        assert_eq!(all((0..10).map(pair)), Err(TooManyAlternatives));
        assert_eq!(all((0..1000).map(pair)), Err(TooManyAlternatives));
        // What adds nothing multiplies nothing.
        assert_eq!(all((0..30).map(|number| pair(number % 9))).unwrap().unwrap().alternatives().count(), 512);
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
