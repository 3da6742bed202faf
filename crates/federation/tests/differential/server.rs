//! Subgraphs, and the whole, as GraphQL servers over the same world.
//!
//! A subgraph's server also judges what it is asked: fields it cannot resolve at that place, representations
//! that are not true or lack what a field requires.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use apollo_compiler::resolvers::{Execution, ExecutionError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::{ExecutionResponse, JsonMap};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use federation::execute::{Answer, SubgraphRequest, Transport, TransportError};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Map, Value as Json};

use super::model::{Model, Pick, Subgraph};
use super::representation::{Entity, find_entity, lacks};
use super::world::{Object, Value, World};
use crate::execute::server::{Mode, as_answer};

/// All subgraphs of a model.
pub(super) struct Servers {
    pub(super) model: Arc<Model>,
    /// By subgraph; those without a schema of their own are not there.
    pub(super) schemas: Vec<(Subgraph, Valid<Schema>)>,
    pub(super) world: World,
    /// In which form answers come.
    pub(super) mode: Mutex<Mode>,
    pub(super) log: Mutex<Log>,
    /// Whether the caller is known.
    pub(super) authenticated: AtomicBool,
    /// Operations found valid.
    pub(super) valid: Mutex<Operations>,
}

type Operations = HashMap<(Subgraph, String), Arc<Valid<ExecutableDocument>>>;

/// What was asked, and what is wrong with it.
#[derive(Default)]
pub(super) struct Log {
    pub(super) requests: Vec<(String, String)>,
    pub(super) complaints: Vec<String>,
}

impl Servers {
    pub(super) fn reset(&self, mode: Mode) {
        self.world.reset();
        *self.mode.lock().expect("no panic") = mode;
        *self.log.lock().expect("no panic") = Log::default();
    }

    pub(super) fn take_log(&self) -> Log {
        std::mem::take(&mut *self.log.lock().expect("no panic"))
    }

    fn answer(&self, request: &SubgraphRequest<'_>) -> Answer {
        let named = |name: &String| *name == request.subgraph;
        let subgraph = self.model.subgraphs.iter().position(named).expect("a subgraph of the model");
        let (_, schema) = self.schemas.iter().find(|(known, _)| *known == subgraph).expect("it has a schema");
        let body: Json = serde_json::from_slice(&request.body()).expect("bodies are JSON");
        let mut complaints = Vec::new();
        let text = &*request.operation.text;
        let data = match self.validate(subgraph, schema, text) {
            Ok(document) => {
                let seen = Mutex::new(Vec::new());
                let view = View {
                    model: &self.model,
                    world: &self.world,
                    subgraph: Some(subgraph),
                    authenticated: self.authenticated.load(Ordering::Relaxed),
                    complaints: &seen,
                };
                let response = view.execute(schema, &document, &body["variables"]);
                complaints = seen.into_inner().expect("no panic");
                serde_json::to_value(&response).expect("responses serialise")
            }
            Err(invalid) => {
                complaints.push(format!("an invalid request: {invalid}"));
                serde_json::json!({"data": null})
            }
        };
        let mut log = self.log.lock().expect("no panic");
        let name = &self.model.subgraphs[subgraph];
        log.requests.push((name.clone(), format!("{text} {}", body["variables"])));
        log.complaints.extend(complaints.into_iter().map(|complaint| format!("{name}: {complaint}")));
        as_answer(data, *self.mode.lock().expect("no panic"))
    }

    fn validate(
        &self,
        subgraph: Subgraph,
        schema: &Valid<Schema>,
        text: &str,
    ) -> Result<Arc<Valid<ExecutableDocument>>, String> {
        let mut valid = self.valid.lock().expect("no panic");
        let key = (subgraph, text.to_owned());
        if let Some(known) = valid.get(&key) {
            return Ok(known.clone());
        }
        let document = ExecutableDocument::parse_and_validate(schema, text, "request");
        let document = Arc::new(document.map_err(|invalid| invalid.errors.to_string())?);
        valid.insert(key, document.clone());
        Ok(document)
    }
}

impl Transport for Servers {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        let answer = self.answer(&request);
        async { Ok(answer) }.boxed()
    }
}

/// The world as a subgraph, or as the whole, shows it.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) model: &'a Model,
    pub(super) world: &'a World,
    pub(super) subgraph: Option<Subgraph>,
    /// Whether the caller is known.
    pub(super) authenticated: bool,
    pub(super) complaints: &'a Mutex<Vec<String>>,
}

impl<'a> View<'a> {
    pub(super) fn execute(
        self,
        schema: &Valid<Schema>,
        document: &Valid<ExecutableDocument>,
        variables: &Json,
    ) -> ExecutionResponse {
        let operation = document.operations.iter().next().expect("an operation");
        let variables: JsonMap = serde_json::from_value(variables.clone()).expect("an object");
        let ty = operation.object_type().to_string();
        let root = Shown {
            view: self,
            object: Object { ty: ty.clone(), id: 0 },
            ty,
            provided: Vec::new(),
            representation: None,
        };
        let execution = Execution::new(schema, document).operation(operation).raw_variable_values(&variables);
        execution.execute_sync(&root).unwrap_or_else(|error| panic!("a request is refused: {error:?}"))
    }

    fn complain(&self, complaint: String) {
        self.complaints.lock().expect("no panic").push(complaint);
    }

    fn resolved(self, value: Value, provided: &[&'a Pick]) -> Result<ResolvedValue<'a>, ExecutionError> {
        match value {
            Value::Null => Ok(ResolvedValue::null()),
            Value::Leaf(leaf) => Ok(ResolvedValue::Leaf(serde_json::from_value(leaf).expect("JSON is JSON"))),
            Value::Failure => Err(ExecutionError { message: "failed".to_owned() }),
            Value::List(items) => {
                let provided = provided.to_vec();
                Ok(ResolvedValue::List(Box::new(
                    items.into_iter().map(move |item| self.resolved(item, &provided)),
                )))
            }
            Value::Object(object) => Ok(self.object(object, provided.to_vec(), None)),
        }
    }

    fn object(
        self,
        object: Object,
        provided: Vec<&'a Pick>,
        representation: Option<Map<String, Json>>,
    ) -> ResolvedValue<'a> {
        let ty = match self.subgraph {
            Some(subgraph) => self.model.name_in(&object.ty, subgraph).unwrap_or(&object.ty).to_owned(),
            None => object.ty.clone(),
        };
        ResolvedValue::Object(Box::new(Shown { view: self, object, ty, provided, representation }))
    }

    fn entity(self, representation: &Json) -> ResolvedValue<'a> {
        let subgraph = self.subgraph.expect("only subgraphs have entities");
        let described = representation.as_object().cloned().unwrap_or_default();
        match find_entity(self.model, self.world, subgraph, &described) {
            Entity::Found(object) => self.object(object, Vec::new(), Some(described)),
            Entity::Wrong(problem) => {
                self.complain(format!("{problem}: {representation}"));
                ResolvedValue::null()
            }
        }
    }
}

/// An object as a server shows it.
struct Shown<'a> {
    view: View<'a>,
    object: Object,
    ty: String,
    /// External fields that can be resolved nevertheless.
    provided: Vec<&'a Pick>,
    /// How the object was asked for, if as an entity.
    representation: Option<Map<String, Json>>,
}

impl<'a> Shown<'a> {
    /// Complains about a field that the subgraph cannot resolve here; returns what it provides below.
    fn judge(&self, subgraph: Subgraph, name: &str) -> Vec<&'a Pick> {
        let View { model, world, .. } = self.view;
        let ty = &self.object.ty;
        let Some(home) = model.home(ty, name, subgraph) else {
            self.view.complain(format!("asked for {ty}.{name}, which it does not have"));
            return Vec::new();
        };
        let matches = |pick: &&&Pick| {
            let on = pick.on.as_ref();
            pick.name == name && on.is_none_or(|on| on == ty || model.types[ty].interfaces.contains(on))
        };
        let provided: Vec<&'a Pick> = self.provided.iter().filter(matches).copied().collect();
        if home.external && provided.is_empty() {
            self.view.complain(format!("asked for {ty}.{name}, which is external there"));
        }
        // What a subgraph lost to another it may still provide.
        if model.is_lost(ty, name, subgraph) && !model.is_needed(name) && provided.is_empty() {
            self.view.complain(format!("asked for {ty}.{name}, which another subgraph took over"));
        }
        if !home.requires.is_empty() {
            let missing = match &self.representation {
                Some(representation) => lacks(model, world, &self.object, &home.requires, representation),
                None => Some("no representation".to_owned()),
            };
            if let Some(missing) = missing {
                let given = self.representation.clone().map(Json::Object).unwrap_or_default();
                self.view.complain(format!(
                    "asked for {ty}.{name} without what it requires: {missing} in {given}"
                ));
            }
        }
        home.provides.iter().chain(provided.iter().flat_map(|pick| &pick.below)).collect()
    }
}

impl ObjectValue for Shown<'_> {
    fn type_name(&self) -> &str {
        &self.ty
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Result<ResolvedValue<'b>, ExecutionError> {
        let name = info.field_name();
        if name == "_entities" {
            let arguments = serde_json::to_value(info.arguments()).expect("arguments serialise");
            let list = arguments["representations"].as_array().expect("a list").clone();
            let view = self.view;
            return Ok(ResolvedValue::List(Box::new(
                list.into_iter().map(move |each| Ok(view.entity(&each))),
            )));
        }
        let arguments = serde_json::to_value(info.arguments()).expect("arguments serialise");
        let denied = !self.view.authenticated && self.view.model.is_protected(&self.object.ty, name);
        let provided = match self.view.subgraph {
            None if denied => return Err(ExecutionError { message: "denied".to_owned() }),
            Some(subgraph) => {
                if denied {
                    self.view.complain(format!("asked for {name}, which the caller may not read"));
                }
                self.judge(subgraph, name)
            }
            None => Vec::new(),
        };
        let value = self.view.world.value(self.view.model, &self.object, name, &arguments);
        self.view.resolved(value, &provided)
    }
}
