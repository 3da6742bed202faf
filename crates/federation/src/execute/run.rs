//! Runs a plan: a fetch starts as soon as what it needs is there.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
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
use super::merge;
use super::problem::{At, Cause, ErrorCode, Place, Problem, Problems};
use super::program::{Form, Program};
use super::read::{Incoming, Sink, read};
use super::represent::{Described, LeftOut, Lookup, represent};
use super::share::{AnswerResult, Entry, Finished, RunKey, Sharing};
use super::store::Store;
use super::transport::{Note, Transport, TransportError, TransportErrorKind};
use super::write::{ErrorPolicy, Writing, Written, write};
use crate::graph::Graph;
use crate::operation::CoercedVariables;
use crate::plan::query_plan::{EntityInput, FetchId, FetchInput, Reduced, Variants};

/// A plan with everything one request adds to it.
pub(crate) struct Run<'a> {
    pub(crate) program: &'a Arc<Program>,
    pub(crate) graph: &'a Arc<Graph>,
    pub(crate) transport: &'a Arc<dyn Transport>,
    /// What other requests have in flight.
    pub(crate) sharing: &'a Sharing,
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
    asked: Vec<Vec<Option<Part>>>,
    /// What the transport told beside answers, by the request they are to.
    notes: Vec<((FetchId, usize), Note)>,
    /// Whether time is up.
    late: bool,
    /// As long as equal requests may join.
    entry: Option<Entry<RunKey, Finished>>,
}

/// A request of a fetch. There are several only when enclosing objects give very many values for its arguments, or
/// entities lack what some of its fields require.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) fetch: FetchId,
    part: usize,
    pub(super) form: Form,
}

/// What a request of a fetch asks about, and how.
struct Part {
    form: Form,
    lookups: Vec<Lookup>,
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
        self.write(&mut progress)
    }

    /// Answers a request for all who join it, which they can until a subgraph answers.
    pub(crate) async fn execute_shared(
        &self,
        entry: Entry<RunKey, Finished>,
        deadline: impl Future<Output = ()>,
    ) -> Finished {
        let mut progress = Progress { entry: Some(entry), ..self.begin() };
        self.drive(&mut progress, None, deadline, |_| ControlFlow::Continue(())).await;
        Finished { written: self.write(&mut progress), late: progress.late }
    }

    fn write(&self, progress: &mut Progress) -> Written {
        let notes = progress.take_notes();
        Written { notes, ..write(&self.writing(), &progress.store, &mut progress.problems) }
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
        let mut deadline = pin!(deadline);
        if let Some(answer) = first {
            progress.ready.pop_front();
            progress.asked[0] = vec![Some(Part { form: Form::Whole, lookups: Vec::new() })];
            arrived.push((Sent { fetch: FetchId(0), part: 0, form: Form::Whole }, answer));
        }
        loop {
            for (sent, answer) in arrived.drain(..) {
                self.read(progress, sent, answer);
            }
            while let Some(fetch) = progress.ready.pop_front() {
                let parts = self.parts(progress, fetch);
                if parts.is_empty() {
                    self.finish(progress, fetch);
                }
                for (part, Part { form, mut lookups }) in parts.into_iter().enumerate() {
                    let input = &self.program.fetch(fetch, &form).input;
                    let representations = representations(input, &mut lookups);
                    let sent = Sent { fetch, part, form: form.clone() };
                    progress.asked[fetch.index()].push(Some(Part { form, lookups }));
                    if progress.late {
                        arrived.push((sent, Err(self.too_late(fetch))));
                    } else {
                        calls.push(self.call(sent, representations));
                    }
                }
            }
            if !arrived.is_empty() {
                continue;
            }
            if settled(progress).is_break() {
                break;
            }
            let next = select(calls.next(), deadline.as_mut()).await;
            progress.entry = None;
            match next {
                Either::Left((Some(answer), _)) => arrived.push(answer),
                Either::Left((None, _)) => break,
                Either::Right(_) => {
                    progress.late = true;
                    let missing = progress.in_flight();
                    arrived.extend(missing.map(|sent| {
                        let error = self.too_late(sent.fetch);
                        (sent, Err(error))
                    }));
                }
            }
            if progress.late {
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
            notes: Vec::new(),
            late: false,
            entry: None,
        }
    }

    fn read(&self, progress: &mut Progress, sent: Sent, answer: AnswerResult) {
        let Sent { fetch: id, part, form } = sent;
        let asked = progress.asked[id.index()][part].take();
        let answer =
            answer.map(|answer| answer.without_notes(|note| progress.notes.push(((id, part), note))));
        let lookups = asked.map(|part| part.lookups).unwrap_or_default();
        let fetch = self.program.fetch(id, &form);
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

    /// The requests of a fetch; none when there is nothing to ask about.
    fn parts(&self, progress: &mut Progress, id: FetchId) -> Vec<Part> {
        let plan = &self.program.plan;
        let fetch = &plan.fetches[id.index()];
        let inputs = match &fetch.input {
            FetchInput::Root { shape, .. } => {
                let part = || Part { form: Form::Whole, lookups: Vec::new() };
                return (progress.store.rows(*shape) > 0).then(part).into_iter().collect();
            }
            FetchInput::Entities(inputs) => inputs,
        };
        if let (Some(variants), [input]) = (&fetch.variants, inputs.as_slice()) {
            return self.parts_by_context(progress, variants, input);
        }
        let mut whole = Vec::with_capacity(inputs.len());
        let mut parts = Vec::new();
        for input in inputs {
            let Described { whole: lookup, reduced, left_out } =
                represent(plan, self.graph, &progress.store, input);
            whole.push(lookup);
            self.explain(progress, input, &left_out);
            for (lacks, lookup) in reduced {
                if let Some(reduced) = without(input, lacks).filter(|reduced| reduced.fetch.is_some()) {
                    parts.push(Part { form: Form::Reduced(reduced, 1), lookups: vec![lookup] });
                }
            }
        }
        if whole.iter().any(|lookup| lookup.count > 0) {
            parts.insert(0, Part { form: Form::Whole, lookups: whole });
        }
        parts
    }

    /// The requests of a fetch for whose arguments enclosing objects give values.
    fn parts_by_context(
        &self,
        progress: &mut Progress,
        variants: &Variants,
        input: &EntityInput,
    ) -> Vec<Part> {
        let mut whole = Vec::new();
        let mut reduced: BTreeMap<u64, Vec<Lookup>> = BTreeMap::new();
        for described in represent_by_context(self.program, self.graph, &progress.store, input) {
            self.explain(progress, input, &described.left_out);
            whole.extend(Some(described.whole).filter(|lookup| lookup.count > 0));
            for (lacks, lookup) in described.reduced {
                reduced.entry(lacks).or_default().push(lookup);
            }
        }
        let part = |lookups: Vec<Lookup>| Part { form: Form::of_groups(lookups.len()), lookups };
        let mut parts: Vec<Part> = spread(variants, whole).into_iter().map(part).collect();
        for (lacks, lookups) in reduced {
            let Some(reduced) = without(input, lacks) else { continue };
            let fetch = reduced.fetch.as_ref();
            let Some(variants) = fetch.and_then(|fetch| fetch.variants.as_deref()) else { continue };
            parts.extend(spread(variants, lookups).into_iter().map(|lookups| {
                let form = Form::Reduced(reduced.clone(), lookups.len());
                Part { form, lookups }
            }));
        }
        parts
    }

    /// Notes that what is not asked about rows is missing due to an error.
    fn explain(&self, progress: &mut Progress, input: &EntityInput, left_out: &[LeftOut]) {
        for &LeftOut { shape, row, selection, lacks, invalid } in left_out {
            match lacks.and_then(|lacks| without(input, lacks)) {
                Some(reduced) => {
                    let keys = &reduced.left_out;
                    merge::leave_out(self.program, &mut progress.store, selection, row, keys);
                }
                None => merge::fail(self.program, &mut progress.store, selection, row, None),
            }
            if let Some(fetch) = invalid {
                let at = At::Places(vec![Place { shape, row, field: None, rest: Vec::new() }]);
                let message = "a value that another field is computed from does not fit its type".to_owned();
                let cause = Cause::Engine(ErrorCode::SubgraphInvalidValue, message);
                progress.problems.push(Problem { fetch, at, cause });
            }
        }
    }

    fn too_late(&self, id: FetchId) -> TransportError {
        let fetch = &self.program.plan.fetches[id.index()];
        let message =
            format!("subgraph `{}` did not answer in time", self.graph.subgraph(fetch.subgraph).name);
        TransportError { kind: TransportErrorKind::Timeout, message }
    }
}

/// How entities of an input are looked up that lack some requirements.
fn without(input: &EntityInput, requirements: u64) -> Option<Arc<Reduced>> {
    input.reductions.as_ref().map(|reductions| reductions.without(requirements))
}

impl Progress {
    /// In the order of the plan, whichever subgraph was faster.
    fn take_notes(&mut self) -> Vec<Note> {
        self.notes.sort_by_key(|(request, _)| *request);
        self.notes.drain(..).map(|(_, note)| note).collect()
    }

    /// The requests whose answers are awaited.
    fn in_flight(&self) -> impl Iterator<Item = Sent> {
        let asked = (0..).map(FetchId).zip(&self.asked);
        asked.flat_map(|(fetch, parts)| {
            let open = parts
                .iter()
                .enumerate()
                .filter_map(|(part, asked)| Some((part, asked.as_ref()?.form.clone())));
            open.map(move |(part, form)| Sent { fetch, part, form })
        })
    }
}
