//! Subgraphs, and the whole, as GraphQL servers over the same world.
//!
//! A subgraph's server also judges what it is asked: fields it cannot resolve at that place, representations
//! that are not true or lack what a field requires.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use apollo_compiler::resolvers::{Execution, ExecutionError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::{ExecutionResponse, JsonMap};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use federation::Permissions;
use federation::execute::{Answer, Events, SubgraphRequest, Transport, TransportError};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use serde_json::{Map, Value as Json};

use super::context::FromContext;
use super::model::{Model, Pick, Subgraph};
use super::representation::{Entity, find_entity, lacks};
use super::world::{Object, Value, World};
use crate::execute::server::{Mode, as_answer};

/// How many events there are of each subscription.
pub(super) const EVENTS: u64 = 3;

/// All subgraphs of a model.
pub(super) struct Servers {
    pub(super) model: Arc<Model>,
    /// By subgraph; those without a schema of their own are not there.
    pub(super) schemas: Vec<(Subgraph, Valid<Schema>)>,
    pub(super) world: World,
    /// In which form answers come.
    pub(super) mode: Mutex<Mode>,
    pub(super) log: Mutex<Log>,
    pub(super) caller: Mutex<Permissions>,
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

    fn answer(&self, request: &SubgraphRequest<'_>, event: u64) -> Answer {
        let named = |name: &String| *name == request.subgraph;
        let subgraph = self.model.subgraphs.iter().position(named).expect("a subgraph of the model");
        let (_, schema) = self.schemas.iter().find(|(known, _)| *known == subgraph).expect("it has a schema");
        let body: Json = serde_json::from_slice(&request.body()).expect("bodies are JSON");
        let mut complaints = Vec::new();
        let text = &*request.operation.text;
        let data = match self.validate(subgraph, schema, text) {
            Ok(document) => {
                let seen = Mutex::new(Vec::new());
                let caller = self.caller.lock().expect("no panic").clone();
                let view = View {
                    model: &self.model,
                    world: &self.world,
                    subgraph: Some(subgraph),
                    caller: &caller,
                    complaints: &seen,
                };
                let response = view.execute(schema, &document, &body["variables"], event);
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
        let answer = self.answer(&request, 0);
        async { Ok(answer) }.boxed()
    }

    fn subscribe<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
    ) -> BoxFuture<'a, Result<Events, TransportError>> {
        let answers: Vec<Answer> = (0..EVENTS).map(|event| self.answer(&request, event)).collect();
        async { Ok(stream::iter(answers.into_iter().map(Ok)).boxed()) }.boxed()
    }
}

/// The world as a subgraph, or as the whole, shows it.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) model: &'a Model,
    pub(super) world: &'a World,
    pub(super) subgraph: Option<Subgraph>,
    pub(super) caller: &'a Permissions,
    pub(super) complaints: &'a Mutex<Vec<String>>,
}

impl<'a> View<'a> {
    /// Answers a request; `event` is its number, for subscriptions.
    pub(super) fn execute(
        self,
        schema: &Valid<Schema>,
        document: &Valid<ExecutableDocument>,
        variables: &Json,
        event: u64,
    ) -> ExecutionResponse {
        let operation = document.operations.iter().next().expect("an operation");
        let variables: JsonMap = serde_json::from_value(variables.clone()).expect("an object");
        let ty = operation.object_type().to_string();
        let root = Shown {
            view: self,
            place: Arc::new(Place { object: Object { ty: ty.clone(), id: event }, around: None }),
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

    fn resolved(
        self,
        value: Value,
        provided: &[&'a Pick],
        around: &Arc<Place>,
    ) -> Result<ResolvedValue<'a>, ExecutionError> {
        match value {
            Value::Null => Ok(ResolvedValue::null()),
            Value::Leaf(leaf) => Ok(ResolvedValue::Leaf(serde_json::from_value(leaf).expect("JSON is JSON"))),
            Value::Failure => Err(ExecutionError { message: "failed".to_owned() }),
            Value::List(items) => {
                let (provided, around) = (provided.to_vec(), around.clone());
                Ok(ResolvedValue::List(Box::new(
                    items.into_iter().map(move |item| self.resolved(item, &provided, &around)),
                )))
            }
            Value::Object(object) => {
                let place = Place { object, around: Some(around.clone()) };
                Ok(self.object(place, provided.to_vec(), None))
            }
        }
    }

    fn object(
        self,
        place: Place,
        provided: Vec<&'a Pick>,
        representation: Option<Map<String, Json>>,
    ) -> ResolvedValue<'a> {
        let known = &place.object.ty;
        let ty = match self.subgraph {
            Some(subgraph) => self.model.name_in(known, subgraph).unwrap_or(known).to_owned(),
            None => known.clone(),
        };
        let place = Arc::new(place);
        ResolvedValue::Object(Box::new(Shown { view: self, place, ty, provided, representation }))
    }

    fn entity(self, representation: &Json) -> ResolvedValue<'a> {
        let subgraph = self.subgraph.expect("only subgraphs have entities");
        let described = representation.as_object().cloned().unwrap_or_default();
        match find_entity(self.model, self.world, subgraph, &described) {
            Entity::Found(object) => self.object(Place { object, around: None }, Vec::new(), Some(described)),
            Entity::Wrong(problem) => {
                self.complain(format!("{problem}: {representation}"));
                ResolvedValue::null()
            }
        }
    }
}

/// An object where it was found.
struct Place {
    object: Object,
    /// The object whose field it is from.
    around: Option<Arc<Place>>,
}

/// An object as a server shows it.
struct Shown<'a> {
    view: View<'a>,
    place: Arc<Place>,
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
        let object = &self.place.object;
        let ty = &object.ty;
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
                Some(representation) => lacks(model, world, object, &home.requires, representation),
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

    /// What a context gives here.
    fn given(&self, context: &FromContext) -> Json {
        let View { model, world, .. } = self.view;
        let around = std::iter::successors(self.place.around.as_ref(), |place| place.around.as_ref());
        let mut objects = around.chain([&self.place]).map(|place| &place.object);
        let given = objects.find_map(|object| {
            let field = model.sets(&object.ty, context)?;
            Some(world.value(model, object, field, &Json::Object(Map::new())))
        });
        match given {
            Some(Value::Leaf(leaf)) => leaf,
            Some(Value::Null) => Json::Null,
            other => panic!("{context:?} gives {other:?}"),
        }
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
        let object = &self.place.object;
        let View { model, world, .. } = self.view;
        let mut arguments = serde_json::to_value(info.arguments()).expect("arguments serialise");
        if let Some(context) =
            model.types.get(&object.ty).and_then(|ty| ty.fields.get(name)?.context.as_ref())
        {
            let given = match self.view.subgraph {
                Some(_) => arguments[&context.name].take(),
                None => self.given(context),
            };
            arguments[&context.name] = given;
        }
        let denied = !model.may_read(&object.ty, name, self.view.caller);
        let provided = match self.view.subgraph {
            None if denied => return Err(ExecutionError { message: "denied".to_owned() }),
            Some(subgraph) => {
                // What others are computed from is fetched, and not shown; and who does not know the type of an object
                // is asked before anybody does.
                let knows_type = model.types[&object.ty].homes.contains_key(&subgraph);
                if denied && knows_type && !model.is_needed(name) {
                    self.view.complain(format!("asked for {name}, which the caller may not read"));
                }
                self.judge(subgraph, name)
            }
            None => Vec::new(),
        };
        let value = world.value(model, object, name, &arguments);
        self.view.resolved(value, &provided, &self.place)
    }
}
