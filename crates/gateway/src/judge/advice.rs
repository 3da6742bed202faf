//! What could be better about a valid operation, or about the schema it asks.

use std::collections::BTreeSet;

use federation::graph::Graph;
use federation::operation::{Cost, FieldCost, SizeSource};
use federation::plan::QueryPlan;
use federation::plan::query_plan::{FetchInput, ReadValue};

/// Names that arguments which bound a list usually have.
const BOUNDING: [&str; 8] = ["first", "last", "limit", "take", "top", "size", "pageSize", "perPage"];

/// One sentence for each thing, in the order of the answer.
pub(super) fn advice(graph: &Graph, cost: &Cost, plan: &QueryPlan) -> Vec<String> {
    let mut said = BTreeSet::new();
    let lists = cost.fields.iter().filter_map(|field| about_list(graph, field));
    lists.chain(about_requests(graph, plan)).filter(|advice| said.insert(advice.clone())).collect()
}

/// Lists of objects that nothing bounds.
fn about_list(graph: &Graph, field: &FieldCost) -> Option<String> {
    let (size, SizeSource::Default) = field.size? else { return None };
    let (ty, name) = field.coordinate.split_once('.')?;
    let row = graph.field(graph.field_id(graph.type_id(ty)?, name)?);
    if graph.leaf_type(row.ty).is_some() {
        return None;
    }
    let coordinate = &field.coordinate;
    let bounding = row.arguments.iter().find(|argument| BOUNDING.contains(&&*argument.name));
    Some(match bounding {
        Some(argument) => format!(
            "`{coordinate}` has no `@listSize`, so that {size} values are assumed: \
             declare `@listSize(slicingArguments: [\"{}\"])`",
            argument.name
        ),
        None => format!(
            "`{coordinate}` is a list without bound, {size} values are assumed: \
             add paging, or declare `@listSize(assumedSize:)`"
        ),
    })
}

/// Requests that are made for a single field.
fn about_requests(graph: &Graph, plan: &QueryPlan) -> Vec<String> {
    let mut advice = Vec::new();
    for fetch in &plan.fetches {
        let FetchInput::Entities(inputs) = &fetch.input else { continue };
        let anchors = inputs.iter().flat_map(|input| &input.anchors);
        let keys: BTreeSet<&str> = anchors
            .flat_map(|anchor| &plan.selections[anchor.selection.index()].fields)
            .filter(|field| field.value != ReadValue::Typename)
            .map(|field| &*field.key)
            .collect();
        if let [only] = keys.into_iter().collect::<Vec<_>>().as_slice() {
            let subgraph = &graph.subgraph(fetch.subgraph).name;
            advice.push(format!(
                "`{subgraph}` is asked for `{only}` alone: the field costs a request of its own"
            ));
        }
    }
    advice
}
