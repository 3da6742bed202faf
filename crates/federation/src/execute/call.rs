//! One fetch's request to a subgraph, made alone or together with equal ones.

use std::any::Any;
use std::string::FromUtf8Error;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::represent::Lookup;
use super::request::{SubgraphRequest, Variable, Variables};
use super::run::{Run, Sent};
use super::share::{AnswerResult, CallKey, Entry};
use super::transport::{Events, TransportError, TransportErrorKind};
use crate::graph::Graph;
use crate::plan::query_plan::{Fetch, FetchInput, OperationKind};

impl Run<'_> {
    /// The event stream of a subscription.
    ///
    /// # Errors
    /// When it cannot be opened; the plan of a subscription starts with its one root fetch.
    pub(crate) async fn open(&self) -> Result<Events, TransportError> {
        let Some(fetch) = self.program.plan.fetches.first() else {
            let message = "the subscription asks for nothing".to_owned();
            return Err(TransportError { kind: TransportErrorKind::Refused, message });
        };
        let client = self.client_variables(fetch);
        let variables = Variables { client: &client, representations: &[] };
        let request = request(fetch, self.graph, variables, self.context);
        let audience = self.transport.audience(request.subgraph, self.context);
        let context = audience.as_ref().map_or(self.context, |audience| audience.value());
        self.transport.subscribe(SubgraphRequest { context, ..request }).await
    }

    /// Sends the request of a fetch, or waits for an equal one.
    pub(super) async fn call(
        &self,
        sent: Sent,
        representations: Result<Vec<Variable>, FromUtf8Error>,
    ) -> (Sent, AnswerResult) {
        let Ok(representations) = representations else {
            let message = "a key is no valid text".to_owned();
            return (sent, Err(TransportError { kind: TransportErrorKind::Malformed, message }));
        };
        let fetch = self.program.fetch(sent.fetch, &sent.form);
        let client = self.client_variables(fetch);
        let operation = &fetch.operation;
        let variables = Variables { client: &client, representations: &representations };
        let alone = request(fetch, self.graph, variables, self.context);
        let audience = self.transport.audience(alone.subgraph, self.context);
        let answer = match audience {
            Some(audience) if self.is_shared(operation.kind) => {
                let key = CallKey {
                    subgraph: fetch.subgraph,
                    operation: operation.head().clone(),
                    client,
                    representations,
                    audience,
                };
                let call = |(), key, entry| self.shared(sent.clone(), key, entry);
                self.sharing.calls.join(key, (), call).0.await
            }
            Some(audience) => {
                self.transport.call(SubgraphRequest { context: audience.value(), ..alone }).await
            }
            None => self.transport.call(alone).await,
        };
        if operation.kind == OperationKind::Mutation {
            self.sharing.forget();
        }
        (sent, answer)
    }

    /// Whether a request may be answered by one that was sent before. What follows an event of a
    /// subscription must not: the event may tell of a change after that.
    fn is_shared(&self, kind: OperationKind) -> bool {
        self.sharing.is_on
            && kind == OperationKind::Query
            && self.program.plan.kind != OperationKind::Subscription
    }

    /// A call that owns all it refers to, since the request that starts it may end before it does.
    fn shared(
        &self,
        sent: Sent,
        key: Arc<CallKey>,
        entry: Entry<CallKey, AnswerResult>,
    ) -> BoxFuture<'static, AnswerResult> {
        let (transport, graph, program) = (self.transport.clone(), self.graph.clone(), self.program.clone());
        async move {
            // Nobody joins any more when there is an answer.
            let _entry = entry;
            let variables = Variables { client: &key.client, representations: &key.representations };
            let fetch = program.fetch(sent.fetch, &sent.form);
            let request = request(fetch, &graph, variables, key.audience.value());
            transport.call(request).await
        }
        .boxed()
    }

    /// The client's values of a fetch's variables; one without a value is left out.
    fn client_variables(&self, fetch: &Fetch) -> Vec<Variable> {
        let names = &fetch.operation.variables;
        names.iter().filter_map(|name| Some((name.clone(), self.variables.get(name)?.to_owned()))).collect()
    }
}

fn request<'a>(
    fetch: &'a Fetch,
    graph: &'a Graph,
    variables: Variables<'a>,
    context: &'a (dyn Any + Send + Sync),
) -> SubgraphRequest<'a> {
    let subgraph = graph.subgraph(fetch.subgraph);
    SubgraphRequest {
        subgraph: &subgraph.name,
        url: &subgraph.url,
        operation: &fetch.operation,
        variables,
        context,
    }
}

/// The variables that are not the client's: representations, which are taken out of the lookups, and what enclosing
/// objects give.
pub(super) fn representations(
    input: &FetchInput,
    lookups: &mut [Lookup],
) -> Result<Vec<Variable>, FromUtf8Error> {
    let FetchInput::Entities(inputs) = input else { return Ok(Vec::new()) };
    let mut variables = Vec::with_capacity(inputs.len());
    for (input, lookup) in inputs.iter().zip(lookups) {
        let json = String::from_utf8(std::mem::take(&mut lookup.json))?;
        variables.push((input.variable.clone(), json));
        for context in &input.contexts {
            if let Some(value) = lookup.contexts.get(context.place) {
                variables.push((context.name.clone(), String::from_utf8(value.to_vec())?));
            }
        }
    }
    Ok(variables)
}
