//! Runs a plan: a fetch starts as soon as what it needs is there.

use std::any::Any;
use std::collections::VecDeque;
use std::str::Utf8Error;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;

use super::problem::Problems;
use super::program::Program;
use super::read::{Incoming, Sink, read};
use super::represent::{Lookup, represent};
use super::request::{SubgraphRequest, Variables};
use super::store::Store;
use super::transport::{Answer, Events, Transport, TransportError, TransportErrorKind};
use super::write::{ErrorPolicy, Writing, Written, write};
use crate::graph::Graph;
use crate::operation::CoercedVariables;
use crate::plan::query_plan::{FetchId, FetchInput};

/// A plan with everything one request adds to it.
pub(crate) struct Run<'a> {
    pub(crate) program: &'a Program,
    pub(crate) graph: &'a Graph,
    pub(crate) transport: &'a dyn Transport,
    /// The client's variables.
    pub(crate) variables: &'a CoercedVariables,
    /// The answers to `__schema` and `__type` as JSON text.
    pub(crate) introspection: &'a [String],
    /// Handed to the transport.
    pub(crate) context: &'a (dyn Any + Send + Sync),
    pub(crate) policy: ErrorPolicy,
    pub(crate) limits: Limits,
}

/// Bounds of what one request may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Values held in memory.
    pub(crate) values: usize,
    /// Bytes of the response.
    pub(crate) bytes: usize,
}

type AnswerResult = Result<Answer, TransportError>;

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
        let variables = self.variables_of(fetch.operation.variables.iter());
        let request = self.request(FetchId(0), Variables { client: &variables, representations: &[] });
        self.transport.subscribe(request).await
    }

    /// Answers a request; `first` is the answer to the first fetch if it is there already.
    pub(crate) async fn execute(&self, first: Option<AnswerResult>) -> Written {
        let plan = &self.program.plan;
        let mut store = Store::new(plan, self.limits.values);
        let mut problems = Problems::new(self.policy.max);
        let mut waiting: Vec<usize> = plan.fetches.iter().map(|fetch| fetch.depends_on.len()).collect();
        let mut ready: VecDeque<FetchId> =
            (0..).map(FetchId).zip(&waiting).filter(|(_, waits)| **waits == 0).map(|(id, _)| id).collect();
        let mut calls = FuturesUnordered::new();
        let mut arrived = first.map(|answer| (FetchId(0), Vec::new(), answer));
        if arrived.is_some() {
            ready.pop_front();
        }
        loop {
            if let Some((id, lookups, answer)) = arrived.take() {
                let fetch = &plan.fetches[id.index()];
                let (store, problems) = (&mut store, &mut problems);
                let mut sink = Sink { program: self.program, graph: self.graph, store, problems, fetch: id };
                read(&mut sink, &Incoming { fetch, lookups: &lookups }, answer);
                self.finish(id, &mut waiting, &mut ready);
            }
            while let Some(id) = ready.pop_front() {
                match self.lookups(&store, id) {
                    Some(lookups) => calls.push(self.call(id, lookups)),
                    None => self.finish(id, &mut waiting, &mut ready),
                }
            }
            arrived = calls.next().await;
            if arrived.is_none() {
                break;
            }
        }
        let writing = Writing {
            program: self.program,
            graph: self.graph,
            introspection: self.introspection,
            policy: self.policy,
            max_bytes: self.limits.bytes,
        };
        write(&writing, &store, &mut problems)
    }

    /// Lets those start that waited for a fetch.
    fn finish(&self, done: FetchId, waiting: &mut [usize], ready: &mut VecDeque<FetchId>) {
        for &dependent in &self.program.dependents[done.index()] {
            let waits = &mut waiting[dependent.index()];
            *waits -= 1;
            if *waits == 0 {
                ready.push_back(dependent);
            }
        }
    }

    /// What a fetch asks about; `None` when there is nothing to ask about, hence nothing to send.
    fn lookups(&self, store: &Store, id: FetchId) -> Option<Vec<Lookup>> {
        match &self.program.plan.fetches[id.index()].input {
            FetchInput::Root { shape, .. } => (store.rows(*shape) > 0).then(Vec::new),
            FetchInput::Entities(inputs) => {
                let plan = &self.program.plan;
                let lookups: Vec<_> =
                    inputs.iter().map(|input| represent(plan, self.graph, store, input)).collect();
                lookups.iter().any(|lookup| lookup.count > 0).then_some(lookups)
            }
        }
    }

    /// Sends one request. The only place where subgraphs are called, hence where equal requests can be shared.
    async fn call(&self, id: FetchId, lookups: Vec<Lookup>) -> (FetchId, Vec<Lookup>, AnswerResult) {
        let fetch = &self.program.plan.fetches[id.index()];
        let answer = match representations(&fetch.input, &lookups) {
            Ok(representations) => {
                let client = self.variables_of(fetch.operation.variables.iter());
                let variables = Variables { client: &client, representations: &representations };
                self.transport.call(self.request(id, variables)).await
            }
            Err(_) => {
                let message = "a key is no valid text".to_owned();
                Err(TransportError { kind: TransportErrorKind::Malformed, message })
            }
        };
        (id, lookups, answer)
    }

    fn request<'b>(&'b self, id: FetchId, variables: Variables<'b>) -> SubgraphRequest<'b> {
        let fetch = &self.program.plan.fetches[id.index()];
        let subgraph = self.graph.subgraph(fetch.subgraph);
        SubgraphRequest {
            subgraph: &subgraph.name,
            url: &subgraph.url,
            operation: &fetch.operation,
            variables,
            context: self.context,
        }
    }

    /// The client's values of variables; one without a value is left out.
    fn variables_of<'b>(&'b self, names: impl Iterator<Item = &'b Arc<str>>) -> Vec<(&'b str, &'b str)> {
        names.filter_map(|name| Some((&**name, self.variables.get(name)?))).collect()
    }
}

fn representations<'a>(
    input: &'a FetchInput,
    lookups: &'a [Lookup],
) -> Result<Vec<(&'a str, &'a str)>, Utf8Error> {
    let FetchInput::Entities(inputs) = input else { return Ok(Vec::new()) };
    let texts = inputs.iter().zip(lookups);
    texts.map(|(input, lookup)| Ok((&*input.variable, std::str::from_utf8(&lookup.json)?))).collect()
}
