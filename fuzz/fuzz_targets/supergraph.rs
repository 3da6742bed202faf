//! Anyone's supergraph SDL: it is read or refused; what is read can be planned on, or planning says why not.
#![no_main]

use apollo_compiler::schema::ExtendedType;
use federation::graph::Graph;
use federation::operation::{Document, Limits, coerce, normalize};
use federation::plan::{PlanOptions, check, plan};
use federation_fuzz::seeds::{plant, supergraphs};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: plant(supergraphs), |data: &[u8]| {
    let Ok(sdl) = std::str::from_utf8(data) else { return };
    let Ok(graph) = Graph::from_sdl(sdl) else { return };
    let api = graph.api_schema();
    let roots = [&api.schema_definition.query, &api.schema_definition.mutation];
    for (root, keyword) in roots.into_iter().zip(["query", "mutation"]) {
        let Some(root) = root else { continue };
        let Some(selections) = everything(&graph, root.as_str(), 3) else { continue };
        let text = format!("{keyword} {{ {selections} }}");
        let limits = Limits::default();
        let Ok(document) = Document::parse(api, &text, &limits) else { continue };
        let operation = document.operation(None).expect("one operation");
        let Ok(variables) = coerce(api, operation, b"", &limits) else { continue };
        let Ok(mask) = operation.conditions().evaluate(&variables) else { continue };
        let Ok(normal) = normalize(&graph, &document, operation, &mask, &limits) else { continue };
        if let Ok(plan) = plan(&graph, &normal, &PlanOptions::default()) {
            assert_eq!(check::check(&graph, &normal, &plan), Vec::<String>::new(), "{text}\n{sdl}");
        }
    }
});

/// All fields without required arguments, a few levels deep.
fn everything(graph: &Graph, ty: &str, depth: usize) -> Option<String> {
    let api = graph.api_schema();
    let fields = match api.types.get(ty)? {
        ExtendedType::Object(object) => &object.fields,
        ExtendedType::Interface(interface) => &interface.fields,
        _ => return Some("__typename".to_owned()),
    };
    let mut selections = Vec::new();
    for field in fields.values().filter(|field| !field.arguments.iter().any(|a| a.is_required())) {
        let target = field.ty.inner_named_type();
        if api.types.get(target).is_some_and(ExtendedType::is_leaf) {
            selections.push(field.name.to_string());
        } else if depth > 0
            && let Some(below) = everything(graph, target, depth - 1)
        {
            selections.push(format!("{} {{ {below} }}", field.name));
        }
    }
    (!selections.is_empty()).then(|| selections.join(" "))
}
