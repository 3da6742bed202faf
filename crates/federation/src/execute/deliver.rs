//! An answer in several payloads: what is answered first, then each deferred fragment when its fetches are done and
//! what it stands in was delivered.

use bytes::Bytes;

use super::problem::Problems;
use super::store::Store;
use super::write::{
    Fragment, Layout, Ledger, Located, Part, Writing, locate, path_text, write_first, write_fragment,
};
use crate::plan::query_plan::FetchId;

/// How an answer is cut into payloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeferFormat {
    /// Every payload names the path and the label of its fragment: `multipart/mixed;deferSpec=20220824`.
    Labelled,
    /// Fragments are announced as pending, and later completed: the GraphQL specification draft on incremental
    /// delivery.
    Pending,
}

/// Some of an answer.
#[derive(Clone, Debug)]
pub struct Payload {
    /// JSON text.
    pub body: Bytes,
    /// The number of errors in it.
    pub errors: usize,
    /// Whether more payloads follow.
    pub has_next: bool,
}

/// What was delivered, and what is still to come.
pub(super) struct Deliveries<'a> {
    writing: Writing<'a>,
    format: DeferFormat,
    ledger: Ledger,
    begun: bool,
    /// Fragments announced, each with its number.
    waiting: Vec<(String, Fragment)>,
    announced: usize,
}

impl<'a> Deliveries<'a> {
    pub(super) fn new(writing: Writing<'a>, format: DeferFormat) -> Self {
        let ledger = Ledger::default();
        Self { writing, format, ledger, begun: false, waiting: Vec::new(), announced: 0 }
    }

    /// Whether nothing more is to come.
    pub(super) fn is_over(&self) -> bool {
        self.begun && self.waiting.is_empty()
    }

    /// The next payload, if the fetches done so far are enough for one.
    pub(super) fn next(&mut self, store: &Store, problems: &mut Problems, done: &[bool]) -> Option<Payload> {
        let plan = &self.writing.program.plan;
        let all_done = |fetches: &[FetchId]| fetches.iter().all(|fetch| done[fetch.index()]);
        if !self.begun {
            return all_done(&plan.first).then(|| self.begin(store, problems));
        }
        let is_ready = |(_, fragment): &(String, Fragment)| all_done(&plan.deferred[fragment.group].fetches);
        let (ready, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(is_ready);
        self.waiting = waiting;
        (!ready.is_empty()).then(|| self.deliver(ready, store, problems))
    }

    fn begin(&mut self, store: &Store, problems: &mut Problems) -> Payload {
        self.begun = true;
        let located = locate(&self.writing, store, problems);
        let (mut first, starts) = write_first(&self.writing, store, &mut self.ledger, &located, problems);
        let pending = self.announce(starts);
        let has_next = self.has_next();
        let members = match self.format {
            DeferFormat::Labelled => format!(",\"hasNext\":{has_next}"),
            DeferFormat::Pending if has_next => format!(",\"pending\":[{pending}],\"hasNext\":true"),
            DeferFormat::Pending => String::new(),
        };
        first.append(&members);
        let (body, errors) = first.finish(store);
        self.spend(body.len());
        Payload { body, errors, has_next }
    }

    fn deliver(&mut self, ready: Vec<(String, Fragment)>, store: &Store, problems: &mut Problems) -> Payload {
        let located = locate(&self.writing, store, problems);
        let (mut entries, mut completed, mut next) = (Vec::new(), Vec::new(), Vec::new());
        let mut errors = 0;
        for (id, fragment) in &ready {
            let layout = match self.format {
                DeferFormat::Labelled => Layout::Nested,
                DeferFormat::Pending => Layout::Split(id),
            };
            let known = Located::of(&self.writing, store, (&located, problems), fragment);
            let mut part = write_fragment(&self.writing, store, &mut self.ledger, fragment, (layout, known));
            if part.data.is_some() {
                self.ledger.deliver(fragment);
            }
            errors += part.found;
            self.spend(part.data.as_ref().map_or(0, Vec::len));
            next.append(&mut part.next);
            match self.format {
                DeferFormat::Labelled => entries.push(self.labelled(fragment, part)),
                DeferFormat::Pending => split(id, part, &mut entries, &mut completed),
            }
        }
        let pending = self.announce(next);
        let has_next = self.has_next();
        let mut members = Vec::new();
        if self.format == DeferFormat::Pending && !pending.is_empty() {
            members.push(format!("\"pending\":[{pending}]").into_bytes());
        }
        if !entries.is_empty() {
            members.push([&b"\"incremental\":["[..], &entries.join(&b","[..]), b"]"].concat());
        }
        if !completed.is_empty() {
            members.push([&b"\"completed\":["[..], &completed.join(&b","[..]), b"]"].concat());
        }
        members.push(format!("\"hasNext\":{has_next}").into_bytes());
        let body = [&b"{"[..], &members.join(&b","[..]), b"}"].concat();
        Payload { body: body.into(), errors, has_next }
    }

    fn labelled(&self, fragment: &Fragment, part: Part) -> Vec<u8> {
        let data = part.data.as_deref().unwrap_or(b"null");
        let place = format!(",\"path\":{}{}", path_text(&fragment.path), self.label(fragment));
        [b"{\"data\":", data, place.as_bytes(), &part.errors, b"}"].concat()
    }

    /// Numbers fragments and has them wait; the entries that announce them.
    fn announce(&mut self, fragments: Vec<Fragment>) -> String {
        let mut entries = Vec::with_capacity(fragments.len());
        for fragment in fragments {
            let id = self.announced.to_string();
            self.announced += 1;
            if self.format == DeferFormat::Pending {
                let (path, label) = (path_text(&fragment.path), self.label(&fragment));
                entries.push(format!("{{\"id\":\"{id}\",\"path\":{path}{label}}}"));
            }
            self.waiting.push((id, fragment));
        }
        entries.join(",")
    }

    fn label(&self, fragment: &Fragment) -> String {
        let label = self.writing.program.plan.deferred[fragment.group].label.as_deref();
        label.map_or_else(String::new, |label| format!(",\"label\":{}", serde_json::Value::from(label)))
    }

    fn has_next(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// All payloads together keep the bound of an answer.
    fn spend(&mut self, bytes: usize) {
        self.writing.max_bytes = self.writing.max_bytes.saturating_sub(bytes);
    }
}

/// A fragment's entries under `incremental` and `completed`. Errors of one that failed complete it, those of others
/// stand beside data, even if that is empty.
fn split(id: &str, part: Part, entries: &mut Vec<Vec<u8>>, completed: &mut Vec<Vec<u8>>) {
    let Part { data, errors, .. } = part;
    let mut failure = Vec::new();
    match data {
        Some(data) if !data.is_empty() => entries.push([&data, &errors[..], b"}"].concat()),
        Some(_) if !errors.is_empty() => {
            entries.push([format!("{{\"id\":\"{id}\",\"data\":{{}}").as_bytes(), &errors, b"}"].concat());
        }
        Some(_) => {}
        None => failure = errors,
    }
    completed.push([format!("{{\"id\":\"{id}\"").as_bytes(), &failure, b"}"].concat());
}
