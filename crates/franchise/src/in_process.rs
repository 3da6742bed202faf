//! The transport of the embedded platform: services are called as functions, without sockets or JSON text.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{PathSegment as Segment, Response, ServerError, Value, Variables};
use federation::execute::{
    Answer, AnswerError, Audience, List, Node, Object, PathSegment, SubgraphRequest, Transport,
    TransportError, TransportErrorKind, Values,
};
use futures::future::BoxFuture;
use gateway::RequestContext;
use ref_cast::RefCast;
use subgraph::caller::token::Subject;
use subgraph::service::Service;
use uuid::Uuid;

/// Calls the services of this process.
pub(crate) struct InProcess {
    services: HashMap<&'static str, Arc<Service>>,
}

impl InProcess {
    /// A transport to these services.
    pub(crate) fn new(services: impl IntoIterator<Item = Arc<Service>>) -> Self {
        Self { services: services.into_iter().map(|service| (service.name, service)).collect() }
    }

    async fn answer(&self, request: SubgraphRequest<'_>) -> Result<Answer, TransportError> {
        let service = self.services.get(request.subgraph).ok_or_else(|| {
            let message = format!("subgraph `{}` is not part of this process", request.subgraph);
            TransportError { kind: TransportErrorKind::Unreachable, message }
        })?;
        let parsed = request.operation.prepared(|operation| parse_query(operation.text.as_ref()));
        let Some(Ok(document)) = parsed else {
            return Err(refused("the planned operation cannot be read by the service"));
        };
        let query = query(document, &request)?;
        let response = match request.context.downcast_ref() {
            Some(OnBehalfOf(Some(subject))) => service.execute_as(subject.clone(), query).await,
            Some(OnBehalfOf(None)) | None => service.execute(None, query).await,
        };
        Ok(answer(response))
    }
}

impl Transport for InProcess {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        Box::pin(self.answer(request))
    }

    fn audience(&self, request: &SubgraphRequest<'_>) -> Option<Audience> {
        Some(Audience::new(Arc::new(OnBehalfOf(subject(request)))))
    }
}

/// Whom a service answers; nobody if the caller is not known.
#[derive(PartialEq, Eq, Hash)]
struct OnBehalfOf(Option<Subject>);

fn refused(message: &str) -> TransportError {
    TransportError { kind: TransportErrorKind::Refused, message: message.to_owned() }
}

fn query(
    document: &ExecutableDocument,
    request: &SubgraphRequest<'_>,
) -> Result<async_graphql::Request, TransportError> {
    let variables = async_graphql::to_value(request.variables).map_err(|error| {
        tracing::error!(%error, "variables cannot be handed to a service");
        refused("the variables cannot be read by the service")
    })?;
    let mut query = async_graphql::Request::new("").variables(Variables::from_value(variables));
    query.set_parsed_query(document.clone());
    Ok(query)
}

/// Whom the gateway found to be calling: here the caller is handed over as it is, there is nobody to sign for.
fn subject(request: &SubgraphRequest<'_>) -> Option<Subject> {
    let caller = &RequestContext::of(request)?.caller;
    let person = Uuid::parse_str(caller.subject()?).ok()?;
    let narrow = match caller.claim("narrow") {
        // As in JSON of the internal token, null is the absence of a restriction.
        None | Some(serde_json::Value::Null) => None,
        // A restriction that cannot be understood must not widen to none.
        Some(claim) => Some(serde_json::from_value(claim.clone()).ok()?),
    };
    Some(Subject::Person(person, narrow))
}

fn answer(response: Response) -> Answer {
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

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use federation::plan::query_plan::{OperationKind, SubgraphOperation};
    use gateway::caller::Caller;
    use gateway::telemetry::TraceContext;
    use gateway::{Forwarded, RequestContext};

    use super::*;

    fn audience(caller: Caller) -> Audience {
        let forwarded = Forwarded {
            headers: Vec::new(),
            internal_token: None,
            request_id: Uuid::now_v7().to_string().into(),
            trace: TraceContext::from_headers(&HeaderMap::new()),
        };
        let deadline = tokio::time::Instant::now();
        let context = RequestContext::new(caller, forwarded, deadline);
        let operation = SubgraphOperation::new(OperationKind::Query, "{a}".into(), None, Vec::new());
        let variables = federation::execute::Variables { client: &[], representations: &[] };
        let request =
            SubgraphRequest { subgraph: "a", url: "", operation: &operation, variables, context: &context };
        InProcess::new([]).audience(&request).unwrap()
    }

    #[test]
    fn an_answer_is_for_one_person_with_one_view() {
        let caller = |person: u128, claims: serde_json::Value| {
            let claims = claims.as_object().unwrap().clone();
            audience(Caller::identified(Uuid::from_u128(person).to_string(), claims))
        };
        let narrow = |unit: u128| serde_json::json!({ "narrow": { "unit": Uuid::from_u128(unit) } });
        let all = [
            audience(Caller::anonymous()),
            caller(1, serde_json::json!({})),
            caller(2, serde_json::json!({})),
            caller(1, narrow(1)),
            caller(1, narrow(2)),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(all[..index].iter().all(|other| one != other), "{index}");
        }
        assert!(caller(1, narrow(1)) == caller(1, narrow(1)));
    }
}
