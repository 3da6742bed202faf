//! Making a failing case smaller as long as it fails in the same way.

use std::time::{Duration, Instant};

use super::access::Access;
use super::case::{Federation, Finding};
use super::model::{Kind, Model};
use super::operation::Document;

/// How many smaller cases are tried at most.
const ATTEMPTS: usize = 1500;

/// How long smaller cases are tried at most.
const PATIENCE: Duration = Duration::from_secs(20);

/// A case that fails.
#[derive(Clone)]
pub(super) struct Failure {
    pub(super) model: Model,
    /// `None` when the schema alone is at fault.
    pub(super) document: Option<Document>,
    pub(super) finding: Finding,
}

/// Runs a case; `None` when nothing is wrong.
pub(super) fn run(model: &Model, document: Option<&Document>, seed: u64) -> Option<Finding> {
    match (Federation::new(model.clone(), seed), document) {
        (Ok(federation), Some(document)) => federation.check(document).err(),
        (Ok(_), None) => None,
        (Err(finding), _) => Some(finding),
    }
}

/// What looking for a smaller case may still take.
struct Budget {
    attempts: usize,
    until: Instant,
}

impl Budget {
    /// Whether another case may be tried.
    fn spend(&mut self) -> bool {
        let more = self.attempts > 0 && Instant::now() < self.until;
        self.attempts = self.attempts.saturating_sub(1);
        more
    }
}

#[allow(clippy::print_stdout, reason = "long runs are watched")]
pub(super) fn shrink(mut failure: Failure, seed: u64) -> Failure {
    let mut budget = Budget { attempts: ATTEMPTS, until: Instant::now() + PATIENCE };
    loop {
        let mut progress = shrink_document(&mut failure, seed, &mut budget);
        progress |= shrink_model(&mut failure, seed, &mut budget);
        let document = failure.document.as_ref().map_or(0, Document::size);
        let (types, left) = (failure.model.types.len(), budget.attempts);
        println!("made smaller: {types} types, {document} selections; {left} attempts left");
        if !progress || !budget.spend() {
            return failure;
        }
    }
}

/// Leaves out parts of the operation, as long as that does not change what is wrong.
fn shrink_document(failure: &mut Failure, seed: u64, budget: &mut Budget) -> bool {
    let Ok(federation) = Federation::new(failure.model.clone(), seed) else { return false };
    let mut progress = false;
    while let Some(document) = &failure.document {
        let mut smaller = document.smaller();
        smaller.sort_by_key(Document::size);
        let found = smaller.into_iter().take_while(|_| budget.spend()).find_map(|smaller| {
            let finding = federation.check(&smaller).err()?;
            (finding.kind == failure.finding.kind).then_some((smaller, finding))
        });
        let Some((document, finding)) = found else { break };
        (failure.document, failure.finding) = (Some(document), finding);
        progress = true;
    }
    progress
}

/// Leaves out parts of the schema: one way through all of them.
fn shrink_model(failure: &mut Failure, seed: u64, budget: &mut Budget) -> bool {
    let mut progress = false;
    let mut index = 0;
    loop {
        let changes = smaller_models(&failure.model);
        let found = (index..changes.len()).take_while(|_| budget.spend()).find_map(|index| {
            let mut model = failure.model.clone();
            changes[index](&mut model);
            model.prune();
            let finding = run(&model, failure.document.as_ref(), seed)?;
            (finding.kind == failure.finding.kind).then_some((index, model, finding))
        });
        let Some((at, model, finding)) = found else { return progress };
        (failure.model, failure.finding) = (model, finding);
        (index, progress) = (at, true);
    }
}

type Change = Box<dyn Fn(&mut Model)>;

/// Changes that leave less of a model, large ones first.
fn smaller_models(model: &Model) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for subgraph in 0..model.subgraphs.len() {
        if model.types.values().any(|ty| ty.homes.contains_key(&subgraph)) {
            changes.push(Box::new(move |model| remove_subgraph(model, subgraph)));
        }
    }
    for (name, ty) in &model.types {
        if matches!(ty.kind, Kind::Object | Kind::Interface | Kind::Union) && name != "Query" {
            let name = name.clone();
            changes.push(Box::new(move |model| model.types.get_mut(&name).expect("there").homes.clear()));
        }
    }
    for (name, ty) in &model.types {
        for key in ty.fields.keys() {
            let (name, key) = (name.clone(), key.clone());
            changes.push(Box::new(move |model| {
                drop(model.types.get_mut(&name).expect("there").fields.remove(&key))
            }));
        }
        for subgraph in ty.homes.keys().copied() {
            let owned = name.clone();
            changes.push(Box::new(move |model| remove_home(model, &owned, subgraph)));
        }
    }
    for (name, ty) in &model.types {
        small_type_changes(name, ty, &mut changes);
        small_field_changes(name, ty, &mut changes);
    }
    changes
}

fn small_type_changes(name: &str, ty: &super::model::Type, changes: &mut Vec<Change>) {
    for (subgraph, home) in &ty.homes {
        for other in home.known.clone() {
            let (name, subgraph) = (name.to_owned(), *subgraph);
            changes.push(Box::new(move |model| {
                let home = model.types.get_mut(&name).and_then(|ty| ty.homes.get_mut(&subgraph));
                home.expect("there").known.remove(&other);
            }));
        }
        if !home.access.is_open() {
            let (name, subgraph) = (name.to_owned(), *subgraph);
            changes.push(Box::new(move |model| {
                let home = model.types.get_mut(&name).and_then(|ty| ty.homes.get_mut(&subgraph));
                home.expect("there").access = Access::default();
            }));
        }
        for key in home.keys.keys() {
            let (name, subgraph, key) = (name.to_owned(), *subgraph, *key);
            changes.push(Box::new(move |model| {
                let home = model.types.get_mut(&name).and_then(|ty| ty.homes.get_mut(&subgraph));
                home.expect("there").keys.remove(&key);
            }));
        }
    }
}

fn small_field_changes(name: &str, ty: &super::model::Type, changes: &mut Vec<Change>) {
    for (key, field) in &ty.fields {
        let path = (name.to_owned(), key.clone());
        let edit = move |change: fn(&mut super::model::Field)| -> Change {
            let (name, key) = path.clone();
            Box::new(move |model| {
                change(model.types.get_mut(&name).and_then(|ty| ty.fields.get_mut(&key)).expect("there"))
            })
        };
        if !field.arguments.is_empty() {
            changes.push(edit(|field| field.arguments.clear()));
        }
        if field.context.is_some() {
            changes.push(edit(|field| field.context = None));
        }
        if field.inaccessible {
            changes.push(edit(|field| field.inaccessible = false));
        }
        if field.fails {
            changes.push(edit(|field| field.fails = false));
        }
        if field.stateful {
            changes.push(edit(|field| field.stateful = false));
        }
        if !field.unique && field.ty.to_string() != field.ty.name() {
            changes.push(edit(|field| field.ty = super::model::Ref::named(field.ty.name(), false)));
        }
        for (subgraph, home) in &field.homes {
            let subgraph = *subgraph;
            let path = (name.to_owned(), key.clone());
            let edit = move |change: fn(&mut super::model::Home)| -> Change {
                let (name, key) = path.clone();
                Box::new(move |model| {
                    let field = model.types.get_mut(&name).and_then(|ty| ty.fields.get_mut(&key));
                    change(field.and_then(|field| field.homes.get_mut(&subgraph)).expect("there"));
                })
            };
            let (owned, key) = (name.to_owned(), key.clone());
            changes.push(Box::new(move |model| {
                let field = model.types.get_mut(&owned).and_then(|ty| ty.fields.get_mut(&key));
                field.expect("there").homes.remove(&subgraph);
            }));
            if !home.requires.is_empty() {
                changes.push(edit(|home| drop(home.requires.pop())));
            }
            if !home.provides.is_empty() {
                changes.push(edit(|home| drop(home.provides.pop())));
            }
            if home.overrides.is_some() {
                changes.push(edit(|home| home.overrides = None));
            }
            if !home.access.is_open() {
                changes.push(edit(|home| home.access = Access::default()));
            }
            if home.stricter {
                changes.push(edit(|home| home.stricter = false));
            }
        }
    }
}

fn remove_subgraph(model: &mut Model, subgraph: usize) {
    let names: Vec<String> = model.types.keys().cloned().collect();
    names.iter().for_each(|name| remove_home(model, name, subgraph));
}

fn remove_home(model: &mut Model, name: &str, subgraph: usize) {
    let ty = model.types.get_mut(name).expect("a type of the model");
    ty.homes.remove(&subgraph);
    for field in ty.fields.values_mut() {
        field.homes.remove(&subgraph);
    }
}
