//! One folder per case under `tests/cases/operation/<behaviour>/`: `query.graphql`, `variables.json` if there are
//! any, `schema.graphql` unless the behaviour's or the common one serves, and `outcome.snap`, what is expected.
//!
//! A first line `# operation: Name` in the query is the request's `operationName`.

use std::fmt::Write;
use std::path::Path;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use federation::graph::Graph;
use federation::operation::normal::{FieldRef, SelectionSet};
use federation::operation::{
    CoercedVariables, CostOptions, Document, Introspector, Limits, Mask, Operation, OperationError,
    Signature, coerce, estimate, normalize, print,
};

use super::supergraph;

/// A request as far as all behaviours share it.
struct Accepted {
    graph: Graph,
    document: Document,
    operation_name: Option<String>,
    variables: CoercedVariables,
    mask: Mask,
}

impl Accepted {
    fn operation(&self) -> &Operation {
        self.document.operation(self.operation_name.as_deref()).expect("found before")
    }
}

fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn accept(case: &Path) -> Result<Accepted, Vec<OperationError>> {
    let mut folders = case.ancestors();
    let schema = folders.find_map(|folder| read(&folder.join("schema.graphql"))).expect("a schema");
    let query = read(&case.join("query.graphql")).expect("a query");
    let variables = read(&case.join("variables.json")).unwrap_or_default();
    let graph = supergraph::around(&schema);
    let limits = Limits::default();
    let api: &Valid<Schema> = graph.api_schema();
    let document = Document::parse(api, &query, &limits)?;
    let operation_name = query.lines().next().and_then(|line| line.strip_prefix("# operation: "));
    let operation = document.operation(operation_name).map_err(|error| vec![error])?;
    let variables = coerce(api, operation, variables.as_bytes(), &limits)?;
    let mask = operation.conditions().evaluate(&variables)?;
    Ok(Accepted { operation_name: operation_name.map(str::to_owned), graph, document, variables, mask })
}

fn errors(errors: &[OperationError]) -> String {
    serde_json::to_string_pretty(errors).expect("errors serialize")
}

fn check(behaviour: &str, outcome: impl Fn(&Accepted) -> Result<String, Vec<OperationError>>) {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/operation").join(behaviour);
    insta::glob!(&cases, "*/query.graphql", |query| {
        let case = query.parent().expect("a folder");
        let outcome =
            accept(case).and_then(|accepted| outcome(&accepted)).unwrap_or_else(|list| errors(&list));
        insta::with_settings!({
            snapshot_path => case,
            prepend_module_to_snapshot => false,
            snapshot_suffix => "",
            omit_expression => true,
        }, { insta::assert_snapshot!("outcome", outcome) });
    });
}

fn normal_form(accepted: &Accepted) -> Result<String, Vec<OperationError>> {
    let Accepted { graph, document, mask, .. } = accepted;
    let normal = normalize(graph, document, accepted.operation(), mask, &Limits::default());
    let normal = normal.map_err(|error| vec![error])?;
    Ok(print(graph, &normal).to_string())
}

#[test]
fn normal_form_of_operations() {
    check("normal_form", normal_form);
}

#[test]
fn conditions_leave_selections_out() {
    check("conditions", normal_form);
}

#[test]
fn invalid_documents_are_refused() {
    check("validation", normal_form);
}

#[test]
fn variables_are_coerced() {
    check("variables", |accepted| {
        let mut text = String::new();
        for (name, value) in accepted.variables.iter() {
            writeln!(text, "${name} = {value}").expect("writing to a string");
        }
        Ok(text)
    });
}

#[test]
fn introspection_is_answered() {
    check("introspection", |accepted| {
        let introspector = Introspector::new(accepted.graph.api_schema().clone());
        let Accepted { graph, document, mask, variables, .. } = accepted;
        let normal = normalize(graph, document, accepted.operation(), mask, &Limits::default());
        let normal = normal.map_err(|error| vec![error])?;
        let answers =
            introspector.answer(document, accepted.operation(), &normal.introspection, variables)?;
        let mut text = String::new();
        introspected(&normal.root, "", &mut |key, number| {
            let json = &answers[number];
            serde_json::from_str::<serde_json::Value>(json).expect("JSON");
            writeln!(text, "{key} = {json}").expect("writing to a string");
        });
        Ok(text)
    });
}

/// Shows every introspection field with the keys that lead to it.
fn introspected(set: &SelectionSet, path: &str, show: &mut dyn FnMut(&str, usize)) {
    for selection in &set.selections {
        let path = format!("{path}{}", selection.key);
        if let FieldRef::Introspection(number) = selection.field {
            show(&path, number as usize);
        }
        if let Some(below) = &selection.selection_set {
            introspected(below, &format!("{path}."), show);
        }
    }
}

#[test]
fn signatures_hide_literals() {
    check("signature", |accepted| {
        let signature = Signature::of(&accepted.document, accepted.operation());
        Ok(format!("{}\n{}", signature.fingerprint, signature.text))
    });
}

#[test]
fn cost_of_operations() {
    check("cost", |accepted| {
        let Accepted { graph, document, variables, mask, .. } = accepted;
        let normal = normalize(graph, document, accepted.operation(), mask, &Limits::default())
            .map_err(|error| vec![error])?;
        let cost = estimate(graph, &normal, variables, CostOptions::default());
        let mut text = format!("total {}\n", cost.total);
        for field in &cost.fields {
            let size =
                field.size.map(|(size, source)| format!(", {size} values ({source:?})")).unwrap_or_default();
            let path = field.path.join(".");
            writeln!(text, "{path} ({}): {}, {} times{size}", field.coordinate, field.cost, field.times)
                .expect("writing to a string");
        }
        for problem in &cost.problems {
            writeln!(text, "problem: {problem}").expect("writing to a string");
        }
        Ok(text)
    });
}
