//! Subgraphs as GraphQL servers over the data of a case.

use std::sync::{Arc, Mutex};

use apollo_compiler::ast::{Definition, Document, OperationType};
use apollo_compiler::resolvers::{Execution, ExecutionError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::{ExecutionResponse, JsonMap};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use federation::compose::SubgraphSdl;
use federation::execute::{
    Answer, AnswerError, Events, List, Node, Object, PathSegment, SubgraphRequest, Transport, TransportError,
    TransportErrorKind, Values,
};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use serde_json::{Map, Value};

use super::data::{Data, field};

/// In which form answers come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Json,
    Values,
}

struct Server {
    name: String,
    schema: Valid<Schema>,
}

/// All subgraphs of a case.
pub(super) struct Servers {
    servers: Vec<Server>,
    /// Knows which types implement an interface.
    whole: Valid<Schema>,
    data: Data,
    mode: Mode,
    /// Subgraphs that cannot be reached, each with a text that the requests concerned contain.
    down: Vec<(String, String)>,
    requests: Mutex<Vec<String>>,
}

impl Servers {
    pub(super) fn new(subgraphs: &[SubgraphSdl], supergraph: &str, data: Data, mode: Mode) -> Self {
        let server = |subgraph: &SubgraphSdl| Server {
            name: subgraph.name.clone(),
            schema: executable_schema(&subgraph.sdl),
        };
        let whole = Schema::parse(supergraph, "supergraph.graphql").expect("a supergraph");
        let servers = subgraphs.iter().map(server).collect();
        let whole = Valid::assume_valid(whole);
        Self { servers, whole, data, mode, down: Vec::new(), requests: Mutex::default() }
    }

    /// The same, of which some cannot be reached: `SUBGRAPH`, or `SUBGRAPH TEXT` for requests that contain the text.
    pub(super) fn without(mut self, down: &str) -> Self {
        let each = down.split(", ").filter(|each| !each.is_empty());
        let pair = |each: &str| {
            let (name, text) = each.split_once(' ').unwrap_or((each, ""));
            (name.to_owned(), text.to_owned())
        };
        self.down = each.map(pair).collect();
        self
    }

    fn is_down(&self, request: &SubgraphRequest<'_>) -> bool {
        let text = &request.operation.text;
        self.down.iter().any(|(name, part)| *name == request.subgraph && text.contains(part.as_str()))
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }

    /// Answers with the root object given, or else the data's own.
    fn answer(&self, request: &SubgraphRequest<'_>, root: Option<&Map<String, Value>>) -> Answer {
        let server = self.servers.iter().find(|server| server.name == request.subgraph).expect("a subgraph");
        let variables = serde_json::to_value(request.variables).expect("variables serialise");
        let body: Value = serde_json::from_slice(&request.body()).expect("bodies are JSON");
        assert_eq!(body["variables"], variables, "both forms of the variables");
        let line = match variables.as_object() {
            Some(variables) if variables.is_empty() => format!("{}: {}", server.name, request.operation.text),
            _ => format!("{}: {} {variables}", server.name, request.operation.text),
        };
        self.requests.lock().expect("no panic").push(line);
        let parsed =
            ExecutableDocument::parse_and_validate(&server.schema, &*request.operation.text, "request");
        let document = parsed.unwrap_or_else(|invalid| {
            panic!(
                "`{}` gets an invalid request: {}\n{}",
                server.name, request.operation.text, invalid.errors
            )
        });
        let world =
            World { data: &self.data, schema: &server.schema, whole: &self.whole, subgraph: &server.name };
        let response = world.answer(&document, &variables, root);
        let response = serde_json::to_value(&response).expect("responses serialise");
        as_answer(response, self.mode)
    }
}

/// A response in the form asked for.
pub(crate) fn as_answer(mut response: Value, mode: Mode) -> Answer {
    match mode {
        Mode::Json => Answer::Json(response.to_string().into()),
        Mode::Values => {
            let errors = response["errors"].as_array().into_iter().flatten().map(error).collect();
            Answer::Values { data: Arc::new(Tree::new(response["data"].take())), errors }
        }
    }
}

impl Transport for Servers {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        let answer = self.answer(&request, None);
        let answer = if self.is_down(&request) {
            let message = format!("subgraph `{}` cannot be reached", request.subgraph);
            Err(TransportError { kind: TransportErrorKind::Unreachable, message })
        } else {
            Ok(answer)
        };
        async { answer }.boxed()
    }

    fn subscribe<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
    ) -> BoxFuture<'a, Result<Events, TransportError>> {
        let event = |(field, value): (&String, &Value)| match value.get("$broken").and_then(Value::as_str) {
            Some(message) => {
                Err(TransportError { kind: TransportErrorKind::Unreachable, message: message.to_owned() })
            }
            None => Ok(self.answer(&request, Some(&Map::from_iter([(field.clone(), value.clone())])))),
        };
        let events: Vec<_> =
            self.data.events().iter().map(|each| event(each.iter().next().expect("a field"))).collect();
        async { Ok(futures::stream::iter(events).boxed()) }.boxed()
    }
}

/// The schema of a subgraph with what federation adds to it, without directives.
fn executable_schema(sdl: &str) -> Valid<Schema> {
    let mut document = Document::parse(sdl, "subgraph.graphql").expect("a schema");
    document.definitions.retain(|definition| !matches!(definition, Definition::SchemaExtension(_)));
    let mut entities = Vec::new();
    for definition in &document.definitions {
        let (name, directives) = match definition {
            Definition::ObjectTypeDefinition(ty) => (&ty.name, &ty.directives),
            Definition::ObjectTypeExtension(ty) => (&ty.name, &ty.directives),
            _ => continue,
        };
        if directives.has("key") && !entities.contains(&name.to_string()) {
            entities.push(name.to_string());
        }
    }
    let mut text = document.to_string();
    if !entities.is_empty() {
        let query = query_root(&document);
        let has_query = document.definitions.iter().any(
            |definition| matches!(definition, Definition::ObjectTypeDefinition(ty) if *ty.name == *query),
        );
        text.push_str(&format!(
            "scalar _Any union _Entity = {} {} type {query} {{ _entities(representations: [_Any!]!): [_Entity]! }}",
            entities.join(" | "),
            if has_query { "extend" } else { "" },
        ));
    }
    // Directives of federation are not defined here; nothing that a request is checked against depends on them.
    let schema = Schema::builder().adopt_orphan_extensions().parse(text, "subgraph.graphql").build();
    Valid::assume_valid(schema.unwrap_or_else(|invalid| panic!("{}", invalid.errors)))
}

/// The name a schema gives its query root.
fn query_root(document: &Document) -> String {
    let roots = document.definitions.iter().flat_map(|definition| match definition {
        Definition::SchemaDefinition(schema) => schema.root_operations.as_slice(),
        _ => &[],
    });
    let mut named = roots.filter(|root| root.0 == OperationType::Query).map(|root| root.1.to_string());
    named.next().unwrap_or_else(|| "Query".to_owned())
}

/// What the server of the whole graph answers in `data`.
pub(super) fn answer_alone(
    api: &Valid<Schema>,
    data: &Data,
    query: &str,
    variables: &str,
) -> Result<Value, String> {
    let document =
        ExecutableDocument::parse_and_validate(api, query, "query.graphql").expect("a valid query");
    let world = World { data, schema: api, whole: api, subgraph: "" };
    let variables = serde_json::from_str(variables).expect("variables are JSON");
    let response = world.answer(&document, &variables, None);
    if response.errors.is_empty() {
        Ok(serde_json::to_value(&response.data).expect("data serialises"))
    } else {
        Err(format!("a single server has errors: {:?}", response.errors))
    }
}

/// Data seen through a schema.
#[derive(Clone, Copy)]
struct World<'a> {
    data: &'a Data,
    schema: &'a Valid<Schema>,
    whole: &'a Valid<Schema>,
    subgraph: &'a str,
}

impl<'a> World<'a> {
    fn answer(
        &self,
        document: &Valid<ExecutableDocument>,
        variables: &Value,
        fields: Option<&'a Map<String, Value>>,
    ) -> ExecutionResponse {
        let operation = document.operations.iter().next().expect("an operation");
        // In the data roots have their usual names, whatever the schema calls them.
        let root = operation.operation_type.default_type_name();
        let variables: JsonMap = serde_json::from_value(variables.clone()).expect("an object");
        let fields = fields.unwrap_or_else(|| self.data.root(&root));
        let object = Shown { world: *self, ty: operation.object_type().to_string(), fields };
        Execution::new(self.schema, document)
            .operation(operation)
            .enable_schema_introspection(true)
            .raw_variable_values(&variables)
            .execute_sync(&object)
            .unwrap_or_else(|error| panic!("`{}` refuses a request: {error:?}", self.subgraph))
    }

    /// A value where the schema has a type of the given name.
    fn value(self, value: &'a Value, ty: &str) -> Result<ResolvedValue<'a>, ExecutionError> {
        let value = self.data.resolve(value);
        if let Some(message) = value.get("$error").and_then(Value::as_str) {
            return Err(ExecutionError { message: message.to_owned() });
        }
        let composite = matches!(
            self.schema.types.get(ty),
            Some(ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_))
        );
        match value {
            Value::Object(fields) if composite => Ok(self.object(fields, ty)),
            Value::Array(items) if composite => {
                let ty = ty.to_owned();
                Ok(ResolvedValue::List(Box::new(items.iter().map(move |item| self.value(item, &ty)))))
            }
            Value::Array(items) if !matches!(self.schema.types.get(ty), Some(ExtendedType::Scalar(scalar)) if !scalar.is_built_in()) =>
            {
                let ty = ty.to_owned();
                Ok(ResolvedValue::List(Box::new(items.iter().map(move |item| self.value(item, &ty)))))
            }
            leaf => Ok(ResolvedValue::Leaf(serde_json::from_value(leaf.clone()).expect("JSON is JSON"))),
        }
    }

    fn object(self, fields: &'a Map<String, Value>, ty: &str) -> ResolvedValue<'a> {
        let told = fields.get("__typename").and_then(Value::as_str).unwrap_or(ty);
        // A subgraph that does not know the type knows the object by its interface.
        let ty = if self.schema.get_object(told).is_some() { told } else { ty };
        ResolvedValue::Object(Box::new(Shown { world: self, ty: ty.to_owned(), fields }))
    }

    fn entities(self, representations: &[Value]) -> Vec<ResolvedValue<'a>> {
        let entity = |representation: &Value| {
            let described = representation.as_object().expect("representations are objects");
            let ty = described["__typename"].as_str().expect("representations have a type");
            let mut types = vec![ty.to_owned()];
            if let Some(implementers) = self.whole.implementers_map().get(ty) {
                types.extend(implementers.objects.iter().map(ToString::to_string));
            }
            match self.data.entity(&types, self.subgraph, described) {
                Some(fields) => self.object(fields, ty),
                None => ResolvedValue::null(),
            }
        };
        representations.iter().map(entity).collect()
    }
}

/// An object through a schema.
struct Shown<'a> {
    world: World<'a>,
    ty: String,
    fields: &'a Map<String, Value>,
}

impl ObjectValue for Shown<'_> {
    fn type_name(&self) -> &str {
        &self.ty
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, ExecutionError> {
        let arguments = serde_json::to_value(info.arguments()).expect("arguments serialise");
        if info.field_name() == "_entities" {
            let list = arguments["representations"].as_array().expect("a list").clone();
            let entities = self.world.entities(&list);
            return Ok(ResolvedValue::List(Box::new(entities.into_iter().map(Ok))));
        }
        let found = field(self.fields, info.field_name(), &arguments.to_string(), self.world.subgraph);
        let ty = info.field_definition().ty.inner_named_type();
        self.world.value(found.unwrap_or(&Value::Null), ty)
    }
}

/// An answer's `data` as an in-process server would hold it.
enum Tree {
    Scalar(Value),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl Tree {
    fn new(value: Value) -> Self {
        match value {
            Value::Array(items) => Self::List(items.into_iter().map(Self::new).collect()),
            Value::Object(entries) => {
                Self::Object(entries.into_iter().map(|(key, value)| (key, Self::new(value))).collect())
            }
            scalar => Self::Scalar(scalar),
        }
    }

    fn node(&self) -> Node<'_> {
        match self {
            Self::Scalar(Value::Bool(value)) => Node::Boolean(*value),
            Self::Scalar(Value::String(value)) => Node::String(value),
            Self::Scalar(Value::Number(number)) => match number.as_i64() {
                Some(integer) => Node::Int(integer),
                None if number.is_u64() => Node::UInt(number.as_u64().expect("an integer")),
                None => Node::Float(number.as_f64().expect("a number")),
            },
            Self::Scalar(_) => Node::Null,
            Self::List(_) => Node::List(self),
            Self::Object(_) => Node::Object(self),
        }
    }
}

impl Values for Tree {
    fn root(&self) -> Node<'_> {
        self.node()
    }
}

impl List for Tree {
    fn len(&self) -> usize {
        let Self::List(items) = self else { return 0 };
        items.len()
    }

    fn item(&self, index: usize) -> Node<'_> {
        let Self::List(items) = self else { return Node::Null };
        items[index].node()
    }
}

impl Object for Tree {
    fn len(&self) -> usize {
        let Self::Object(entries) = self else { return 0 };
        entries.len()
    }

    fn entry(&self, index: usize) -> (&str, Node<'_>) {
        let Self::Object(entries) = self else { return ("", Node::Null) };
        (&entries[index].0, entries[index].1.node())
    }

    fn get(&self, key: &str) -> Option<Node<'_>> {
        let Self::Object(entries) = self else { return None };
        entries.iter().find(|(known, _)| known == key).map(|(_, value)| value.node())
    }
}

fn error(error: &Value) -> AnswerError {
    let segment = |step: &Value| match step {
        Value::String(key) => PathSegment::Key(key.clone()),
        index => PathSegment::Index(usize::try_from(index.as_u64().expect("an index")).expect("small")),
    };
    AnswerError {
        message: error["message"].as_str().expect("a message").to_owned(),
        path: error["path"].as_array().into_iter().flatten().map(segment).collect(),
        extensions: String::new(),
    }
}
