//! Plans as JSON for tools.

use serde::Serialize;

use super::paths::paths;
use crate::graph::{Graph, TypeSet};
use crate::plan::query_plan::{
    Anchor, ContextSource, Deferred, EntityInput, Fetch, FetchInput, Necessity, OperationKind, QueryPlan,
    Representation, RepresentationField,
};

/// The version of the format; changes that could break a reader increase it, added members do not.
const VERSION: u32 = 1;

/// A plan as indented JSON.
///
/// ```json
/// {
///   "version": 1,
///   "kind": "query",
///   "fetches": [
///     {
///       "id": 1,
///       "subgraph": "analytics",
///       "kind": "entities",
///       "dependsOn": [0],
///       "operation": "query($representations:[_Any!]!){..}",
///       "variables": [],
///       "inputs": [
///         {
///           "field": "_entities",
///           "variable": "representations",
///           "positions": [
///             {
///               "path": ["network", "regions"],
///               "representations": [
///                 { "typename": "Region", "fields": [{ "name": "id", "required": true }] }
///               ]
///             }
///           ]
///         }
///       ]
///     }
///   ],
///   "deferred": [
///     { "id": 0, "label": "slow", "positions": [["network"]], "types": ["Network"], "within": null, "after": [0, 1] }
///   ]
/// }
/// ```
///
/// - `kind` of the plan is `query`, `mutation` or `subscription`; of a fetch `root` or `entities`.
/// - `dependsOn` names fetches by `id`; an `id` is a fetch's place in `fetches`, dependencies come first.
/// - `variables` are the client's variables that the operation uses, without `$`.
/// - A root fetch has `path`, where its answer goes (empty for the root), instead of `inputs`.
/// - `types` of a position, representation or field limits it to objects of these types; absent, it is for all.
/// - A field of a representation is `required` if an object without a value for it is not sent; has `fields` if it
///   is an object; and `typename` if objects of it are sent with `__typename`.
/// - `contexts` of a position say which variables get their values from enclosing objects (`@fromContext`): from the
///   nearest of its `sources`. If rows get different values, they are looked up under aliases in the same request.
///
/// Equal plans give equal text. Members may be added without a new `version`.
pub fn print_json(graph: &Graph, plan: &QueryPlan) -> String {
    let paths: Vec<Vec<String>> =
        paths(plan).iter().map(|path| path.split_terminator('.').map(str::to_owned).collect()).collect();
    let view = View { graph, paths: &paths };
    let kind = match plan.kind {
        OperationKind::Query => "query",
        OperationKind::Mutation => "mutation",
        OperationKind::Subscription => "subscription",
    };
    let fetches = plan.fetches.iter().enumerate().map(|(id, fetch)| view.fetch(id, fetch)).collect();
    let deferred = plan.deferred.iter().enumerate().map(|(id, one)| view.deferred(plan, id, one)).collect();
    // Strings, numbers and lists of them only: nothing that JSON cannot express.
    serde_json::to_string_pretty(&JsonPlan { version: VERSION, kind, fetches, deferred }).unwrap_or_default()
        + "\n"
}

struct View<'a> {
    graph: &'a Graph,
    /// By shape.
    paths: &'a [Vec<String>],
}

#[derive(Serialize)]
struct JsonPlan<'a> {
    version: u32,
    kind: &'static str,
    fetches: Vec<JsonFetch<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deferred: Vec<JsonDeferred<'a>>,
}

/// A fragment delivered later.
#[derive(Serialize)]
struct JsonDeferred<'a> {
    id: usize,
    label: Option<&'a str>,
    positions: Vec<&'a [String]>,
    types: Vec<&'a str>,
    /// The fragment it stands in.
    within: Option<usize>,
    /// The fetches it waits for.
    after: Vec<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonFetch<'a> {
    id: usize,
    subgraph: &'a str,
    kind: &'static str,
    depends_on: Vec<usize>,
    /// The fragments it is made for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deferred: Vec<usize>,
    operation: &'a str,
    variables: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<JsonInput<'a>>,
}

#[derive(Serialize)]
struct JsonInput<'a> {
    field: &'a str,
    variable: &'a str,
    positions: Vec<JsonPosition<'a>>,
}

#[derive(Serialize)]
struct JsonPosition<'a> {
    path: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    types: Option<Vec<&'a str>>,
    representations: Vec<JsonRepresentation<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contexts: Vec<JsonContext<'a>>,
}

#[derive(Serialize)]
struct JsonContext<'a> {
    variable: &'a str,
    sources: Vec<JsonSource<'a>>,
}

#[derive(Serialize)]
struct JsonSource<'a> {
    path: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    types: Option<Vec<&'a str>>,
    fields: Vec<JsonField<'a>>,
}

#[derive(Serialize)]
struct JsonRepresentation<'a> {
    typename: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    types: Option<Vec<&'a str>>,
    fields: Vec<JsonField<'a>>,
}

#[derive(Serialize)]
struct JsonField<'a> {
    name: &'a str,
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    types: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    typename: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<JsonField<'a>>,
}

impl<'a> View<'a> {
    fn fetch(&self, id: usize, fetch: &'a Fetch) -> JsonFetch<'a> {
        let (kind, path, inputs) = match &fetch.input {
            FetchInput::Root { shape, .. } => {
                ("root", Some(self.paths[shape.index()].as_slice()), Vec::new())
            }
            FetchInput::Entities(inputs) => {
                ("entities", None, inputs.iter().map(|input| self.input(input)).collect())
            }
        };
        JsonFetch {
            id,
            subgraph: &self.graph.subgraph(fetch.subgraph).name,
            kind,
            depends_on: fetch.depends_on.iter().map(|before| before.index()).collect(),
            deferred: fetch.groups.iter().collect(),
            operation: &fetch.operation.text,
            variables: fetch.operation.variables.iter().map(|name| &**name).collect(),
            path,
            inputs,
        }
    }

    fn deferred(&self, plan: &QueryPlan, id: usize, deferred: &'a Deferred) -> JsonDeferred<'a> {
        let starts = plan.shapes.iter().zip(self.paths).filter(|(shape, _)| shape.starts.contains(id));
        JsonDeferred {
            id,
            label: deferred.label.as_deref(),
            positions: starts.map(|(_, path)| path.as_slice()).collect(),
            types: self.types(Some(&deferred.types)).unwrap_or_default(),
            within: deferred.parent,
            after: deferred.fetches.iter().map(|fetch| fetch.index()).collect(),
        }
    }

    fn input(&self, input: &'a EntityInput) -> JsonInput<'a> {
        JsonInput {
            field: &input.key,
            variable: &input.variable,
            positions: input.anchors.iter().map(|anchor| self.position(input, anchor)).collect(),
        }
    }

    fn position(&self, input: &'a EntityInput, anchor: &'a Anchor) -> JsonPosition<'a> {
        let source = |source: &'a ContextSource| JsonSource {
            path: &self.paths[source.shape.index()],
            types: self.types(source.types.as_ref()),
            fields: self.fields(&source.fields),
        };
        let contexts = input.contexts.iter().zip(&anchor.contexts).map(|(variable, sources)| JsonContext {
            variable: &variable.name,
            sources: sources.iter().map(source).collect(),
        });
        let representation = |representation: &'a Representation| JsonRepresentation {
            typename: &representation.typename,
            types: self.types(representation.types.as_ref()),
            fields: self.fields(&representation.fields),
        };
        JsonPosition {
            path: &self.paths[anchor.shape.index()],
            types: self.types(anchor.types.as_ref()),
            representations: anchor.representations.iter().map(representation).collect(),
            contexts: contexts.collect(),
        }
    }

    /// Recursion follows the nesting of field sets, which is bounded.
    fn fields(&self, fields: &'a [RepresentationField]) -> Vec<JsonField<'a>> {
        let field = |field: &'a RepresentationField| JsonField {
            name: &field.name,
            required: field.necessity != Necessity::Never,
            types: self.types(field.types.as_ref()),
            typename: field.typename,
            fields: self.fields(&field.fields),
        };
        fields.iter().map(field).collect()
    }

    fn types(&self, types: Option<&TypeSet>) -> Option<Vec<&'a str>> {
        types.map(|types| types.iter().map(|object| &**self.graph.object_name(object)).collect())
    }
}
