//! How long the answer to an operation may be kept.
//!
//! An answer may be kept as long as the part of it that may be kept shortest. A field may be kept as long as its own
//! hint says, else the hint of the type it returns; without a hint a leaf goes with its object, as does what a hint lets
//! inherit, and a field of the root or of objects is not kept at all.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Field, Selection, SelectionSet};

use super::parse::{Document, Operation};
use crate::graph::{CacheHint, CacheHints, Graph, OperationKind};

/// How long and by whom the answer to an operation may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CachePolicy {
    /// In seconds, more than 0.
    pub max_age: u32,
    /// Who may keep it.
    pub scope: CacheScope,
}

/// Who may keep an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CacheScope {
    /// Anyone: all that is kept is declared `PUBLIC`.
    Public,
    /// The schema does not say: anyone if nobody was identified.
    Undeclared,
    /// The caller only.
    Private,
}

/// How long the answer to an operation may be kept; `None` when it may not.
///
/// What `@skip` and `@include` leave out counts as well, so that the policy is that of the document.
pub fn cache_policy(graph: &Graph, document: &Document, operation: &Operation) -> Option<CachePolicy> {
    let hints = graph.cache_hints();
    if hints.is_empty() || operation.kind() != OperationKind::Query {
        return None;
    }
    let mut judge =
        Judge { hints, document: document.executable(), max_age: None, scope: CacheScope::Public };
    judge.selections(&operation.definition.selection_set, None);
    let max_age = judge.max_age.filter(|max_age| *max_age > 0)?;
    Some(CachePolicy { max_age, scope: judge.scope })
}

struct Judge<'a> {
    hints: &'a CacheHints,
    document: &'a ExecutableDocument,
    /// The shortest so far.
    max_age: Option<u32>,
    /// The narrowest so far.
    scope: CacheScope,
}

impl Judge<'_> {
    /// `parent` is for how long the object may be kept that the fields are of; `None` for the root. Recursion is bounded
    /// by the limits of documents.
    fn selections(&mut self, set: &SelectionSet, parent: Option<u32>) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => self.field(&set.ty, field, parent),
                Selection::InlineFragment(inline) => self.selections(&inline.selection_set, parent),
                Selection::FragmentSpread(spread) => {
                    let document = self.document;
                    if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                        self.selections(&fragment.selection_set, parent);
                    }
                }
            }
        }
    }

    fn field(&mut self, parent_type: &str, field: &Field, parent: Option<u32>) {
        if field.name == "__typename" {
            return;
        }
        let own = self.hints.of_field(parent_type, &field.name).unwrap_or_default();
        let of_type = self.hints.of_type(field.ty().inner_named_type()).unwrap_or_default();
        let is_leaf = field.selection_set.is_none();
        let inherits = is_leaf || own.inherit_max_age || of_type.inherit_max_age;
        let inherited = if inherits { parent } else { None };
        let max_age = own.max_age.or(inherited).or(of_type.max_age).unwrap_or(0);
        self.max_age = Some(self.max_age.map_or(max_age, |known| known.min(max_age)));
        // What goes with its object has that one's scope.
        let goes_along = own == CacheHint::default() && inherited.is_some();
        let scope = match (own.private.or(of_type.private), goes_along) {
            (Some(true), _) => CacheScope::Private,
            (Some(false), _) | (None, true) => CacheScope::Public,
            (None, false) => CacheScope::Undeclared,
        };
        self.scope = self.scope.max(scope);
        if let Some(set) = &field.selection_set {
            self.selections(set, Some(max_age));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Limits;

    const SUPERGRAPH: &str = r#"
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
{ query: Query mutation: Mutation }
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet) repeatable on OBJECT | INTERFACE | SCALAR | ENUM
directive @join__field(graph: join__Graph) repeatable on FIELD_DEFINITION
directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT
enum link__Purpose { SECURITY EXECUTION }
scalar link__Import
scalar join__FieldSet
enum join__Graph { A @join__graph(name: "a", url: "") }
enum CacheControlScope @join__type(graph: A) { PUBLIC PRIVATE }
type Query @join__type(graph: A) {
  shop: Shop @cacheControl(maxAge: 60)
  open: Shop @cacheControl(maxAge: 60, scope: PUBLIC)
  products: [Product]
  me: Me @cacheControl(maxAge: 30)
  never: Shop
  count: Int
  counted: Int @cacheControl(maxAge: 5)
  hours: Hours
}
type Mutation @join__type(graph: A) { change: Product }
type Shop @join__type(graph: A) {
  name: String
  rating: Int @cacheControl(maxAge: 10)
  product: Product
  owner: Owner @cacheControl(inheritMaxAge: true)
  address: Owner
  hours: Hours
  opening: Hours @cacheControl(maxAge: 20)
}
type Product @join__type(graph: A) @cacheControl(maxAge: 3600, scope: PUBLIC) { name: String stock: Int @cacheControl(maxAge: 0) }
type Me @join__type(graph: A) @cacheControl(scope: PRIVATE) { name: String }
type Owner @join__type(graph: A) { name: String }
type Hours @join__type(graph: A) @cacheControl(inheritMaxAge: true) { from: Int }
"#;

    #[test]
    fn the_shortest_age_and_the_narrowest_scope_hold() {
        use CacheScope::{Private, Public, Undeclared};
        let graph = Graph::from_sdl(SUPERGRAPH).unwrap();
        let cases = [
            ("{ shop { name } }", Some((60, Undeclared))),
            ("{ open { name __typename } }", Some((60, Public))),
            ("{ shop { name rating } }", Some((10, Undeclared))),
            ("{ products { name } }", Some((3600, Public))),
            ("{ open { product { name } } }", Some((60, Public))),
            ("{ products { name stock } }", None),
            ("{ me { name } }", Some((30, Private))),
            ("{ never { name } }", None),
            ("{ count }", None),
            ("{ counted }", Some((5, Undeclared))),
            ("{ counted shop { name } }", Some((5, Undeclared))),
            ("{ open { owner { name } } }", Some((60, Undeclared))),
            ("{ open { address { name } } }", None),
            ("{ open { hours { from } } }", Some((60, Public))),
            ("{ open { opening { from } } }", Some((20, Undeclared))),
            ("{ hours { from } }", None),
            (
                "{ open { ...Rated ... on Shop { name } } } fragment Rated on Shop { rating }",
                Some((10, Undeclared)),
            ),
            ("query ($no: Boolean!) { open { name } never @include(if: $no) { name } }", None),
            ("{ __schema { queryType { name } } }", None),
            ("{ __typename }", None),
            ("mutation { change { name } }", None),
        ];
        for (text, expected) in cases {
            let document = Document::parse(graph.api_schema(), text, &Limits::default()).unwrap();
            let policy = cache_policy(&graph, &document, &document.operations()[0]);
            let expected = expected.map(|(max_age, scope)| CachePolicy { max_age, scope });
            assert_eq!(policy, expected, "{text}");
        }
    }
}
