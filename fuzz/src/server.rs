//! Subgraphs that answer: one from the types of its graph, one with whatever bodies the input holds.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use apollo_compiler::ast::{Document, Field, Selection};
use bytes::Bytes;
use federation::execute::{Answer, Events, SubgraphRequest, Transport, TransportError, TransportErrorKind};
use federation::graph::TypeKind;
use federation::graph::{Graph, LeafType, SubgraphId};
use futures::FutureExt;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream;

/// The bodies that subgraphs answer with, one after the other and from the start again.
pub struct Bodies {
    bodies: Vec<Bytes>,
    next: AtomicUsize,
}

impl Bodies {
    pub fn new(sections: &[&[u8]]) -> Self {
        let bodies = sections.iter().map(|body| Bytes::copy_from_slice(body)).collect();
        Self { bodies, next: AtomicUsize::new(0) }
    }

    fn next(&self) -> Result<Answer, TransportError> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        match self.bodies.get(index % self.bodies.len().max(1)) {
            Some(body) if !body.is_empty() => Ok(Answer::Json(body.clone())),
            _ => Err(TransportError { kind: TransportErrorKind::Timeout, message: "no answer".to_owned() }),
        }
    }
}

/// Answers with the [`Bodies`] of the request.
pub struct Scripted;

impl Transport for Scripted {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        let bodies = request.context.downcast_ref::<Bodies>().expect("bodies");
        async move { bodies.next() }.boxed()
    }

    fn subscribe<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
    ) -> BoxFuture<'a, Result<Events, TransportError>> {
        let bodies = request.context.downcast_ref::<Bodies>().expect("bodies");
        let events: Vec<_> = (0..3).map(|_| bodies.next()).collect();
        async move { Ok(stream::iter(events).boxed()) }.boxed()
    }
}

/// Answers with values of the right types, the same for the same place of a request.
pub struct WellBehaved {
    graph: Graph,
}

impl WellBehaved {
    pub fn new(graph: Graph) -> Self {
        Self { graph }
    }

    fn answer(&self, request: &SubgraphRequest<'_>) -> String {
        let text = &*request.operation.text;
        let document = Document::parse(text, "operation.graphql")
            .unwrap_or_else(|failure| panic!("a subgraph gets `{text}`: {}", failure.errors));
        let operation =
            document.definitions.iter().find_map(|definition| definition.as_operation_definition());
        let operation = operation.unwrap_or_else(|| panic!("a subgraph gets no operation: {text}"));
        let names = self.graph.subgraphs().iter().map(|subgraph| &*subgraph.name);
        let subgraph = names.into_iter().position(|name| name == request.subgraph).expect("a known subgraph");
        let mut representations = BTreeMap::new();
        for (name, json) in request.variables.representations {
            // Values from contexts travel beside the representations.
            let value: serde_json::Value = serde_json::from_str(json).expect("variables are JSON");
            let Some(values) = value.as_array() else { continue };
            let types =
                values.iter().map(|value| value["__typename"].as_str().unwrap_or_default().to_owned());
            representations.insert(name.to_string(), types.collect());
        }
        let server = Server { graph: &self.graph, subgraph: SubgraphId::from(subgraph), representations };
        let root = operation.operation_type.default_type_name();
        format!("{{\"data\":{}}}", server.object(&root, &[&operation.selection_set], 0))
    }
}

impl Transport for WellBehaved {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        async move { Ok(Answer::Json(self.answer(&request).into())) }.boxed()
    }

    fn subscribe<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
    ) -> BoxFuture<'a, Result<Events, TransportError>> {
        let events: Vec<_> = (0..2).map(|_| Ok(Answer::Json(self.answer(&request).into()))).collect();
        async move { Ok(stream::iter(events).boxed()) }.boxed()
    }
}

/// One request at one subgraph.
struct Server<'g> {
    graph: &'g Graph,
    subgraph: SubgraphId,
    /// The types of the representations, by variable.
    representations: BTreeMap<String, Vec<String>>,
}

impl Server<'_> {
    /// An object of a type, which may be abstract: then of the first type that this subgraph may return.
    fn object(&self, ty: &str, sets: &[&Vec<Selection>], depth: usize) -> String {
        let mut fields: Vec<(&str, Vec<&Field>)> = Vec::new();
        for set in sets {
            self.collect(ty, set, &mut fields);
        }
        let entries =
            fields.iter().map(|(key, fields)| format!("\"{key}\":{}", self.field(ty, fields, depth)));
        format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
    }

    fn collect<'s>(&self, ty: &str, set: &'s [Selection], fields: &mut Vec<(&'s str, Vec<&'s Field>)>) {
        for selection in set {
            match selection {
                Selection::Field(field) => {
                    let key = field.response_name().as_str();
                    match fields.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, same)) => same.push(field),
                        None => fields.push((key, vec![field])),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let applies = fragment.type_condition.as_ref().is_none_or(|on| self.is(ty, on));
                    if applies {
                        self.collect(ty, &fragment.selection_set, fields);
                    }
                }
                Selection::FragmentSpread(_) => panic!("a subgraph gets a named fragment"),
            }
        }
    }

    fn is(&self, ty: &str, on: &str) -> bool {
        let (Some(ty), Some(on)) = (self.graph.type_id(ty), self.graph.type_id(on)) else { return ty == on };
        ty == on || self.graph.ty(ty).possible.is_subset(&self.graph.ty(on).possible)
    }

    fn field(&self, ty: &str, fields: &[&Field], depth: usize) -> String {
        let name = fields[0].name.as_str();
        let sets: Vec<&Vec<Selection>> =
            fields.iter().filter_map(|field| field.selection_set.as_ref()).collect();
        if name == "__typename" {
            return format!("\"{ty}\"");
        }
        if name == "_entities" {
            let variable = fields[0].arguments[0].value.as_variable().expect("a variable");
            let types = self.representations.get(variable.as_str()).expect("representations");
            let entities = types.iter().map(|ty| self.object(&self.concrete(ty), &sets, depth + 1));
            return format!("[{}]", entities.collect::<Vec<_>>().join(","));
        }
        let field = self.graph.type_id(ty).and_then(|id| self.graph.field_id(id, name));
        let field = self.graph.field(field.unwrap_or_else(|| panic!("`{ty}` has no field `{name}`")));
        let own = field.local(self.subgraph).map_or(field.ty, |local| local.ty);
        let row = self.graph.ty(own);
        let mut value = match row.kind {
            TypeKind::Scalar(leaf) => scalar(leaf).to_owned(),
            TypeKind::Enum(_) => {
                let values = self.graph.api_schema().get_enum(&row.name);
                let first = values.and_then(|values| values.values.keys().next());
                first.map_or_else(|| "null".to_owned(), |value| format!("\"{value}\""))
            }
            _ => self.object(&self.concrete(&row.name), &sets, depth + 1),
        };
        let wrapping = field.local(self.subgraph).map_or(field.wrapping, |local| local.wrapping);
        for _ in 0..wrapping.lists() {
            // Short at the top, so that lists in lists stay small.
            value = if depth < 2 { format!("[{value},{value}]") } else { format!("[{value}]") };
        }
        value
    }

    /// The name of the type an object has in this subgraph.
    fn concrete(&self, ty: &str) -> String {
        let Some(id) = self.graph.type_id(ty) else { return ty.to_owned() };
        let row = self.graph.ty(id);
        if !row.is_abstract() || row.interface_object.contains(self.subgraph) {
            return ty.to_owned();
        }
        let possible = row.local(self.subgraph).and_then(|local| local.possible.iter().next());
        possible.map_or_else(|| ty.to_owned(), |object| self.graph.object_name(object).to_string())
    }
}

fn scalar(leaf: LeafType) -> &'static str {
    match leaf {
        LeafType::Int => "7",
        LeafType::Float => "1.5",
        LeafType::Boolean => "true",
        LeafType::String | LeafType::Id => "\"x\"",
        _ => "{\"any\":[1,\"thing\"]}",
    }
}
