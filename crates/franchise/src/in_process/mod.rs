//! The transport of the embedded platform: services are called as functions, without sockets or JSON text.

mod values;

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use federation::execute::{
    Answer, Audience, Events, SubgraphRequest, Transport, TransportError, TransportErrorKind,
};
use futures::StreamExt;
use futures::future::{BoxFuture, join_all};
use gateway::telemetry::{CallMeter, OK};
use gateway::{Probe, RequestContext, SubgraphHealth};
use subgraph::caller::token::Subject;
use subgraph::service::Service;
use uuid::Uuid;

pub use self::values::{answer, query};

/// Calls the services of this process, and tells whether they can answer.
pub(crate) struct InProcess {
    services: HashMap<&'static str, (Arc<Service>, CallMeter)>,
}

impl InProcess {
    /// A transport to these services.
    pub(crate) fn new(services: impl IntoIterator<Item = Arc<Service>>) -> Self {
        let measured =
            |service: Arc<Service>| (service.name, (service.clone(), CallMeter::new(service.name)));
        Self { services: services.into_iter().map(measured).collect() }
    }

    fn service(&self, name: &str) -> Result<&(Arc<Service>, CallMeter), TransportError> {
        self.services.get(name).ok_or_else(|| {
            let message = format!("subgraph `{name}` is not part of this process");
            TransportError { kind: TransportErrorKind::Unreachable, message }
        })
    }

    async fn answer(&self, request: SubgraphRequest<'_>) -> Result<Answer, TransportError> {
        let (service, meter) = self.service(request.subgraph)?;
        let query = query(&request)?;
        let started = Instant::now();
        let response = match request.context.downcast_ref() {
            Some(OnBehalfOf(Some(subject))) => service.execute_as(subject.clone(), query).await,
            Some(OnBehalfOf(None)) | None => service.execute(None, query).await,
        };
        meter.called(started.elapsed(), None, OK);
        Ok(answer(response))
    }

    /// The events of a service: the next one is computed when the last was taken.
    fn events(&self, request: &SubgraphRequest<'_>) -> Result<Events, TransportError> {
        let (service, _) = self.service(request.subgraph)?;
        let query = query(request)?;
        let responses = match request.context.downcast_ref() {
            Some(OnBehalfOf(Some(subject))) => service.subscribe_as(subject.clone(), query),
            Some(OnBehalfOf(None)) | None => service.subscribe(None, query),
        };
        Ok(responses.map(|response| Ok(answer(response))).boxed())
    }
}

impl Probe for InProcess {
    fn probe(&self) -> BoxFuture<'_, Vec<SubgraphHealth>> {
        Box::pin(join_all(self.services.values().map(|(service, _)| async move {
            SubgraphHealth {
                name: service.name.to_owned(),
                reachable: service.is_ready().await,
                breaker_open: false,
                required: false,
            }
        })))
    }
}

impl Transport for InProcess {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        Box::pin(self.answer(request))
    }

    fn subscribe<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
    ) -> BoxFuture<'a, Result<Events, TransportError>> {
        Box::pin(async move { self.events(&request) })
    }

    fn audience(&self, _: &str, context: &(dyn Any + Send + Sync)) -> Option<Audience> {
        Some(Audience::new(Arc::new(OnBehalfOf(subject(context)))))
    }
}

/// Whom a service answers; nobody if the caller is not known.
#[derive(PartialEq, Eq, Hash)]
struct OnBehalfOf(Option<Subject>);

/// Whom the gateway found to be calling: here the caller is handed over as it is, there is nobody to sign for.
fn subject(context: &(dyn Any + Send + Sync)) -> Option<Subject> {
    let caller = &RequestContext::of(context)?.caller;
    let person = Uuid::parse_str(caller.subject()?).ok()?;
    let narrow = match caller.claim("narrow") {
        // As in JSON of the internal token, null is the absence of a restriction.
        None | Some(serde_json::Value::Null) => None,
        // A restriction that cannot be understood must not widen to none.
        Some(claim) => Some(serde_json::from_value(claim.clone()).ok()?),
    };
    Some(Subject::Person(person, narrow))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
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
            uploads: None,
            alone: None,
        };
        let deadline = tokio::time::Instant::now();
        let context = RequestContext::new(caller, forwarded, deadline);
        InProcess::new([]).audience("a", &context).unwrap()
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
