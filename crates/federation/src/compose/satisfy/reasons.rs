//! Why each subgraph cannot resolve a field.

use super::contexts::Setters;
use super::walk::Failure;
use crate::compose::merge::enumerate;
use crate::graph::obtain::Obtain;
use crate::graph::reach::{Closure, Reach};
use crate::graph::{FieldId, FieldSelection, FieldSetId, Graph, LabelId, SubgraphId, SubgraphSet, TypeId};

/// One sentence per subgraph that has the type or the field, in order of their names.
pub(super) fn reasons(
    graph: &Graph,
    setters: &Setters,
    labels: &[LabelId],
    failure: &Failure,
) -> Vec<String> {
    let mut obtain = Obtain::new(graph, Reach::new(graph, labels));
    if let (Some(interface), Some(field)) = (failure.of_interface, failure.field) {
        return partial_answers(&mut obtain, failure, interface, field);
    }
    let closure = obtain.reach.closure(failure.object, failure.holders, failure.is_typed);
    let ids = (0..graph.subgraphs().len()).map(SubgraphId::from);
    let mut reasons = Vec::new();
    for subgraph in ids {
        if let Some(reason) = reason(&mut obtain, setters, failure, &closure, subgraph) {
            reasons.push(format!("`{}` {reason}", graph.subgraph(subgraph).name));
        }
    }
    reasons
}

/// Which of the interface's types each subgraph that returns it leads to the field of.
fn partial_answers(
    obtain: &mut Obtain<'_>,
    failure: &Failure,
    interface: TypeId,
    field: FieldId,
) -> Vec<String> {
    let graph = obtain.graph;
    let row = graph.ty(interface);
    let place = format!("{}.{}", row.name, graph.field(field).name);
    let mut reasons = vec![format!(
        "one subgraph that returns `{}` has to lead to `{place}` for all of its types",
        row.name
    )];
    for subgraph in failure.holders.iter() {
        let held = row.local(subgraph).map(|local| local.possible.clone()).unwrap_or_default();
        let lacking: Vec<String> = held
            .iter()
            .filter(|object| {
                let own = graph.concrete_field(*object, field).unwrap_or(field);
                let resolvers = obtain.reach.resolvers(*object, own);
                let closure = obtain.reach.closure(*object, SubgraphSet::one(subgraph), failure.is_typed);
                !resolvers.contains(subgraph) && !closure.enterable.intersects(resolvers)
            })
            .map(|object| format!("`{}`", graph.object_name(object)))
            .collect();
        reasons.push(format!("`{}` does not for {}", graph.subgraph(subgraph).name, enumerate(&lacking)));
    }
    reasons
}

fn reason(
    obtain: &mut Obtain<'_>,
    setters: &Setters,
    failure: &Failure,
    closure: &Closure,
    subgraph: SubgraphId,
) -> Option<String> {
    let graph = obtain.graph;
    let view = obtain.reach.view(failure.object, subgraph)?;
    let name = graph.object_name(failure.object);
    let Some(field) = failure.field else {
        return (!obtain.reach.knows_type(failure.object, subgraph))
            .then(|| format!("knows `{name}` only as the interface object `{}`", graph.ty(view).name));
    };
    let place = format!("{name}.{}", graph.field(field).name);
    if !obtain.reach.resolvers(failure.object, field).contains(subgraph) {
        let declared = obtain.reach.any_declaration(failure.object, field, subgraph);
        return Some(match declared {
            Some((_, local)) if local.overridden => format!("lost `{place}` by `@override`"),
            Some((_, local)) if local.external => format!("declares `{place}` as `@external`"),
            Some(_) => format!("does not resolve `{place}` under these override labels"),
            None => format!("does not have `{place}`"),
        });
    }
    if !closure.reached.contains(subgraph) {
        return Some(unreachable(graph, failure, closure, subgraph, &place));
    }
    let (_, local) = obtain.reach.any_declaration(failure.object, field, subgraph)?;
    let is_set =
        |context: &str| setters.number(context).is_some_and(|number| failure.contexts.contains(&number));
    if let Some(argument) = local.context_arguments.iter().find(|argument| !is_set(&argument.context)) {
        return Some(format!(
            "needs context `{}` to resolve `{place}`, which nothing on the way there can give",
            argument.context
        ));
    }
    let requires = local.requires?;
    if closure.hop(subgraph).is_none() {
        return Some(format!(
            "needs `{}` to resolve `{place}`, but has no resolvable key to be told",
            print(graph, requires)
        ));
    }
    (!obtain.can_resolve(failure.object, field, subgraph, (closure, &[])))
        .then(|| format!("needs `{}` to resolve `{place}`, which cannot be obtained", print(graph, requires)))
}

fn unreachable(
    graph: &Graph,
    failure: &Failure,
    closure: &Closure,
    subgraph: SubgraphId,
    place: &str,
) -> String {
    let own = graph.object_type(failure.object);
    let views = std::iter::once(own).chain(graph.ty(own).interfaces.iter().copied());
    let keys: Vec<String> = views
        .filter_map(|view| graph.ty(view).local(subgraph))
        .flat_map(|local| &local.keys)
        .filter(|key| key.resolvable)
        .map(|key| format!("`{}`", print(graph, key.fields)))
        .collect();
    if keys.is_empty() {
        return format!(
            "resolves `{place}`, but has no resolvable `@key` for `{}`",
            graph.object_name(failure.object)
        );
    }
    format!(
        "resolves `{place}`, but its key {} cannot be obtained from {}",
        keys.join(" or "),
        names(graph, closure.reached)
    )
}

fn names(graph: &Graph, subgraphs: SubgraphSet) -> String {
    let names: Vec<String> = subgraphs.iter().map(|id| format!("`{}`", graph.subgraph(id).name)).collect();
    enumerate(&names)
}

/// A field set as text.
fn print(graph: &Graph, id: FieldSetId) -> String {
    selections(graph, &graph.field_set(id).selections)
}

fn selections(graph: &Graph, selected: &[FieldSelection]) -> String {
    let field = |selection: &FieldSelection| {
        let name = |field: FieldId| graph.field(field).name.to_string();
        let own = selection.field.map_or_else(|| "__typename".to_owned(), name);
        match selection.selections.is_empty() {
            true => own,
            false => format!("{own} {{ {} }}", selections(graph, &selection.selections)),
        }
    };
    selected.iter().map(field).collect::<Vec<_>>().join(" ")
}
