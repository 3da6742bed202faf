//! Runs a plan: a fetch starts as soon as what it needs is there.

use std::any::Any;
use std::collections::VecDeque;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream::FuturesUnordered;

use super::call::representations;
use super::context::{represent_by_context, spread};
use super::deliver::{DeferFormat, Deliveries, Payload};
use super::problem::Problems;
use super::program::Program;
use super::read::{Incoming, Sink, read};
use super::represent::{Lookup, represent};
use super::share::{AnswerResult, InFlight};
use super::store::Store;
use super::transport::{Transport, TransportError, TransportErrorKind};
use super::write::{ErrorPolicy, Writing, Written, write};
use crate::graph::Graph;
use crate::operation::CoercedVariables;
use crate::plan::query_plan::{FetchId, FetchInput};

/// A plan with everything one request adds to it.
pub(crate) struct Run<'a> {
    pub(crate) program: &'a Arc<Program>,
    pub(crate) graph: &'a Arc<Graph>,
    pub(crate) transport: &'a Arc<dyn Transport>,
    /// The calls that may be shared; `None` when none may.
    pub(crate) in_flight: Option<&'a Arc<InFlight>>,
    /// The client's variables.
    pub(crate) variables: &'a CoercedVariables,
    /// The answers to `__schema` and `__type` as JSON text.
    pub(crate) introspection: &'a [String],
    /// What the embedder handed over.
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

/// How far a run has come.
struct Progress {
    store: Store,
    problems: Problems,
    /// How many others each fetch still waits for.
    waiting: Vec<usize>,
    done: Vec<bool>,
    ready: VecDeque<FetchId>,
    /// By fetch, what its requests ask about; `None` when they are answered.
    asked: Vec<Vec<Option<Vec<Lookup>>>>,
}

/// A request of a fetch. There are several only when enclosing objects give very many values for its arguments.
#[derive(Clone, Copy)]
pub(super) struct Sent {
    pub(super) fetch: FetchId,
    part: usize,
}

impl Run<'_> {
    /// Answers a request; `first` is the answer to the first fetch if it is there already. What subgraphs
    /// have not answered when `deadline` completes counts as not answered in time.
    pub(crate) async fn execute(
        &self,
        first: Option<AnswerResult>,
        deadline: impl Future<Output = ()>,
    ) -> Written {
        let mut progress = self.begin();
        self.drive(&mut progress, first, deadline, |_| ControlFlow::Continue(())).await;
        write(&self.writing(), &progress.store, &mut progress.problems)
    }

    /// Answers a request in payloads, each handed to `send` as soon as it is complete; no more once that says that
    /// nobody listens.
    pub(crate) async fn deliver(
        &self,
        format: DeferFormat,
        send: impl Fn(Payload) -> bool,
        deadline: impl Future<Output = ()>,
    ) {
        let mut deliveries = Deliveries::new(self.writing(), format);
        let mut progress = self.begin();
        let deliver = |progress: &mut Progress| {
            let Progress { store, problems, done, .. } = progress;
            while let Some(payload) = deliveries.next(store, problems, done) {
                if !send(payload) {
                    return ControlFlow::Break(());
                }
            }
            if deliveries.is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        self.drive(&mut progress, None, deadline, deliver).await;
    }

    fn writing(&self) -> Writing<'_> {
        Writing {
            program: self.program,
            graph: self.graph,
            introspection: self.introspection,
            policy: self.policy,
            max_bytes: self.limits.bytes,
        }
    }

    /// Sends requests and reads their answers until all is done, or `settled`, called whenever nothing can be done but
    /// to wait, breaks it off.
    async fn drive(
        &self,
        progress: &mut Progress,
        first: Option<AnswerResult>,
        deadline: impl Future<Output = ()>,
        mut settled: impl FnMut(&mut Progress) -> ControlFlow<()>,
    ) {
        let mut calls = FuturesUnordered::new();
        let mut arrived = Vec::new();
        let (mut deadline, mut late) = (pin!(deadline), false);
        if let Some(answer) = first {
            progress.ready.pop_front();
            progress.asked[0] = vec![Some(Vec::new())];
            arrived.push((Sent { fetch: FetchId(0), part: 0 }, answer));
        }
        loop {
            for (sent, answer) in arrived.drain(..) {
                self.read(progress, sent, answer);
            }
            while let Some(fetch) = progress.ready.pop_front() {
                let parts = self.parts(&progress.store, fetch);
                if parts.is_empty() {
                    self.finish(progress, fetch);
                }
                for (part, mut lookups) in parts.into_iter().enumerate() {
                    let (sent, groups) = (Sent { fetch, part }, lookups.len());
                    let input = &self.program.fetch(fetch, groups).input;
                    let representations = representations(input, &mut lookups);
                    progress.asked[fetch.index()].push(Some(lookups));
                    if late {
                        arrived.push((sent, Err(self.too_late(fetch))));
                    } else {
                        calls.push(self.call(sent, groups, representations));
                    }
                }
            }
            if !arrived.is_empty() {
                continue;
            }
            if settled(progress).is_break() {
                break;
            }
            match select(calls.next(), deadline.as_mut()).await {
                Either::Left((Some(answer), _)) => arrived.push(answer),
                Either::Left((None, _)) => break,
                Either::Right(_) => {
                    late = true;
                    let missing = progress.in_flight();
                    arrived.extend(missing.map(|sent| (sent, Err(self.too_late(sent.fetch)))));
                }
            }
            if late {
                calls.clear();
            }
        }
    }

    fn begin(&self) -> Progress {
        let plan = &self.program.plan;
        let waiting: Vec<usize> = plan.fetches.iter().map(|fetch| fetch.depends_on.len()).collect();
        let ready = (0..).map(FetchId).zip(&waiting).filter(|(_, waits)| **waits == 0);
        Progress {
            store: Store::new(plan, self.limits.values),
            problems: Problems::new(self.policy.max),
            ready: ready.map(|(id, _)| id).collect(),
            waiting,
            done: vec![false; plan.fetches.len()],
            asked: plan.fetches.iter().map(|_| Vec::new()).collect(),
        }
    }

    fn read(&self, progress: &mut Progress, Sent { fetch: id, part }: Sent, answer: AnswerResult) {
        let lookups = progress.asked[id.index()][part].take().unwrap_or_default();
        let fetch = self.program.fetch(id, lookups.len());
        let (store, problems) = (&mut progress.store, &mut progress.problems);
        let mut sink = Sink { program: self.program, graph: self.graph, store, problems, fetch: id };
        read(&mut sink, &Incoming { fetch, lookups: &lookups }, answer);
        if progress.asked[id.index()].iter().all(Option::is_none) {
            self.finish(progress, id);
        }
    }

    /// Lets those start that waited for a fetch.
    fn finish(&self, progress: &mut Progress, done: FetchId) {
        progress.done[done.index()] = true;
        for &dependent in &self.program.dependents[done.index()] {
            let waits = &mut progress.waiting[dependent.index()];
            *waits -= 1;
            if *waits == 0 {
                progress.ready.push_back(dependent);
            }
        }
    }

    /// What the requests of a fetch ask about; none when there is nothing to ask about, hence nothing to send.
    fn parts(&self, store: &Store, id: FetchId) -> Vec<Vec<Lookup>> {
        let plan = &self.program.plan;
        let fetch = &plan.fetches[id.index()];
        let parts = match &fetch.input {
            FetchInput::Root { shape, .. } => (store.rows(*shape) > 0).then(Vec::new),
            FetchInput::Entities(inputs) => {
                if let (Some(variants), [input]) = (&fetch.variants, inputs.as_slice()) {
                    let groups = represent_by_context(self.program, self.graph, store, input);
                    return spread(variants, groups);
                }
                let lookups: Vec<_> =
                    inputs.iter().map(|input| represent(plan, self.graph, store, input)).collect();
                lookups.iter().any(|lookup| lookup.count > 0).then_some(lookups)
            }
        };
        parts.into_iter().collect()
    }

    fn too_late(&self, id: FetchId) -> TransportError {
        let fetch = &self.program.plan.fetches[id.index()];
        let message =
            format!("subgraph `{}` did not answer in time", self.graph.subgraph(fetch.subgraph).name);
        TransportError { kind: TransportErrorKind::Timeout, message }
    }
}

impl Progress {
    /// The requests whose answers are awaited.
    fn in_flight(&self) -> impl Iterator<Item = Sent> {
        let asked = (0..).map(FetchId).zip(&self.asked);
        asked.flat_map(|(fetch, parts)| {
            let open = parts.iter().enumerate().filter(|(_, lookups)| lookups.is_some());
            open.map(move |(part, _)| Sent { fetch, part })
        })
    }
}
