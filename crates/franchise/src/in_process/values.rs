//! Engine requests as requests of async-graphql, and its responses as answers, without JSON text in between.

use async_graphql::parser::parse_query;
use async_graphql::{PathSegment as Segment, Response, ServerError, Value, Variables};
use federation::execute::{
    Answer, AnswerError, List, Node, Object, PathSegment, SubgraphRequest, TransportError,
    TransportErrorKind, Values,
};
use ref_cast::RefCast;
use std::sync::Arc;

fn refused(message: &str) -> TransportError {
    TransportError { kind: TransportErrorKind::Refused, message: message.to_owned() }
}

/// A request for a service's schema. The planned operation is parsed once and kept with the plan.
///
/// # Errors
/// When async-graphql cannot read the operation or its variables, which the engine wrote: a defect.
pub fn query(request: &SubgraphRequest<'_>) -> Result<async_graphql::Request, TransportError> {
    let parsed = request.operation.prepared(|operation| parse_query(operation.text.as_ref()));
    let Some(Ok(document)) = parsed else {
        return Err(refused("the planned operation cannot be read by the service"));
    };
    let variables = async_graphql::to_value(request.variables).map_err(|error| {
        tracing::error!(%error, "variables cannot be handed to a service");
        refused("the variables cannot be read by the service")
    })?;
    let mut query = async_graphql::Request::new("").variables(Variables::from_value(variables));
    query.set_parsed_query(document.clone());
    Ok(query)
}

/// The answer of a service.
pub fn answer(response: Response) -> Answer {
    let errors = response.errors.into_iter().map(error).collect();
    Answer::Values { data: Arc::new(Data(response.data)), errors }
}

fn error(error: ServerError) -> AnswerError {
    let path = error.path.into_iter().map(|segment| match segment {
        Segment::Field(key) => PathSegment::Key(key),
        Segment::Index(index) => PathSegment::Index(index),
    });
    let extensions = error.extensions.and_then(|extensions| serde_json::to_string(&extensions).ok());
    AnswerError { message: error.message, path: path.collect(), extensions: extensions.unwrap_or_default() }
}

struct Data(Value);

impl Values for Data {
    fn root(&self) -> Node<'_> {
        node(&self.0)
    }
}

fn node(value: &Value) -> Node<'_> {
    match value {
        Value::Null => Node::Null,
        Value::Boolean(boolean) => Node::Boolean(*boolean),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(integer), _, _) => Node::Int(integer),
            (None, Some(integer), _) => Node::UInt(integer),
            (None, None, Some(float)) => Node::Float(float),
            (None, None, None) => Node::Null,
        },
        Value::String(text) => Node::String(text),
        Value::Enum(name) => Node::String(name),
        // Uploads do not occur in answers.
        Value::Binary(_) => Node::Null,
        Value::List(items) => Node::List(Items::ref_cast(items)),
        Value::Object(entries) => Node::Object(Entries::ref_cast(entries)),
    }
}

type Map = async_graphql::indexmap::IndexMap<async_graphql::Name, Value>;

/// A list seen through the engine's eyes.
#[derive(RefCast)]
#[repr(transparent)]
struct Items(Vec<Value>);

/// An object seen through the engine's eyes.
#[derive(RefCast)]
#[repr(transparent)]
struct Entries(Map);

impl List for Items {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn item(&self, index: usize) -> Node<'_> {
        self.0.get(index).map_or(Node::Null, node)
    }
}

impl Object for Entries {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn entry(&self, index: usize) -> (&str, Node<'_>) {
        self.0.get_index(index).map_or(("", Node::Null), |(key, value)| (key.as_str(), node(value)))
    }

    fn get(&self, key: &str) -> Option<Node<'_>> {
        self.0.get(key).map(node)
    }
}
