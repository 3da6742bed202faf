//! Scopes and policies: which alternatives a caller needs, and how the demands of several subgraphs combine.

use std::collections::BTreeSet;

use apollo_compiler::ast::Value;

/// Alternatives (OR) of names that are all needed (AND), simplified: no alternative contains another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Demands(BTreeSet<BTreeSet<String>>);

impl Demands {
    /// Reads `[["a", "b"], ["c"]]`.
    pub(crate) fn read(value: &Value) -> Self {
        let names = |item: &Value| {
            item.as_list()
                .map(|names| names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
                .unwrap_or_default()
        };
        let alternatives = value.as_list().unwrap_or_default().iter().map(|item| names(item)).collect();
        Self(alternatives).simplified()
    }

    /// Demands that hold exactly when both hold.
    pub(crate) fn and(&self, other: &Self) -> Self {
        // No alternative at all means that nobody is let in, so that it must not act as "no demand".
        let product = self.0.iter().flat_map(|a| other.0.iter().map(move |b| a.union(b).cloned().collect()));
        Self(product.collect()).simplified()
    }

    /// Whether everyone who meets `self` meets `other` as well.
    pub(crate) fn implies(&self, other: &Self) -> bool {
        self.0.iter().all(|own| other.0.iter().any(|needed| needed.is_subset(own)))
    }

    pub(crate) fn alternatives(&self) -> impl Iterator<Item = &BTreeSet<String>> {
        self.0.iter()
    }

    fn simplified(self) -> Self {
        let all = self.0;
        let is_weaker = |a: &BTreeSet<String>| all.iter().any(|b| b != a && b.is_subset(a));
        Self(all.iter().filter(|alternative| !is_weaker(alternative)).cloned().collect())
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
    }

    #[test]
    fn stricter_demands_imply_weaker_ones() {
        assert!(demands(r#"[["a", "b"]]"#).implies(&demands(r#"[["a"], ["c"]]"#)));
        assert!(!demands(r#"[["a"], ["d"]]"#).implies(&demands(r#"[["a"], ["c"]]"#)));
    }
}
