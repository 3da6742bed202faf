//! What composition calls satisfiable, the planner can plan.

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;
use federation::compose::compose;
use federation::graph::Graph;
use federation::operation::{Document, Limits, coerce, normalize};
use federation::plan::{PlanOptions, plan};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::cases;

/// Random operations per case.
const OPERATIONS: u64 = 30;
const MAX_DEPTH: usize = 5;

/// Writes random operations that select anything a client may.
struct Writer<'a> {
    schema: &'a Schema,
    random: Pcg64,
}

impl Writer<'_> {
    fn operation(&mut self) -> Option<String> {
        let definition = &self.schema.schema_definition;
        let roots = [
            ("query", &definition.query),
            ("mutation", &definition.mutation),
            ("subscription", &definition.subscription),
        ];
        let present: Vec<_> = roots.into_iter().filter(|(_, root)| root.is_some()).collect();
        let (keyword, root) = present[self.random.random_range(0..present.len())];
        let root = root.as_deref()?.as_str();
        let selections = match keyword {
            // A subscription has one root field.
            "subscription" => self.field(root, 0)?,
            _ => self.selections(root, 0)?,
        };
        Some(format!("{keyword} {{ {selections} }}"))
    }

    /// `None` when nothing can be selected at this depth.
    fn selections(&mut self, ty: &str, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut out: Vec<String> = Vec::new();
        for _ in 0..self.random.random_range(1..4) {
            let fragment_types = self.possible(ty);
            if fragment_types.len() > 1 && self.random.random_range(0..2) == 0
                || !matches!(self.schema.types[ty], ExtendedType::Object(_) | ExtendedType::Interface(_))
            {
                let object = fragment_types[self.random.random_range(0..fragment_types.len())].clone();
                out.extend(self.field(&object, depth).map(|field| format!("... on {object} {{ {field} }}")));
            } else {
                out.extend(self.field(ty, depth));
            }
        }
        match out.is_empty() {
            true if depth > 0 => Some("__typename".to_owned()),
            true => None,
            false => Some(out.join(" ")),
        }
    }

    fn field(&mut self, ty: &str, depth: usize) -> Option<String> {
        let fields = match &self.schema.types[ty] {
            ExtendedType::Object(object) => &object.fields,
            ExtendedType::Interface(interface) => &interface.fields,
            _ => return None,
        };
        let (name, field) = fields.get_index(self.random.random_range(0..fields.len()))?;
        let arguments: Vec<String> = field
            .arguments
            .iter()
            .filter(|argument| argument.is_required())
            .map(|argument| format!("{}: {}", argument.name, self.value(&argument.ty)))
            .collect();
        let arguments =
            if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        // An alias of its own, so that random selections never conflict.
        let alias = format!("f{}", self.random.random_range(0..u32::MAX));
        let target = field.ty.inner_named_type();
        if self.schema.types[target.as_str()].is_leaf() {
            return Some(format!("{alias}: {name}{arguments}"));
        }
        let children = self.selections(target, depth + 1)?;
        Some(format!("{alias}: {name}{arguments} {{ {children} }}"))
    }

    fn possible(&self, ty: &str) -> Vec<String> {
        let is_possible = |name: &str| {
            let is_object = matches!(self.schema.types[name], ExtendedType::Object(_));
            is_object && (name == ty || self.schema.is_subtype(ty, name))
        };
        self.schema.types.keys().map(ToString::to_string).filter(|name| is_possible(name)).collect()
    }

    fn value(&self, ty: &Type) -> String {
        if ty.is_list() {
            return format!("[{}]", self.value(ty.item_type()));
        }
        match self.schema.types.get(ty.inner_named_type()) {
            Some(ExtendedType::Enum(definition)) => definition.values.keys().next().unwrap().to_string(),
            Some(ExtendedType::InputObject(input)) => {
                let mut given: Vec<_> = input.fields.values().filter(|field| field.is_required()).collect();
                if given.is_empty() && input.is_one_of() {
                    given.extend(input.fields.values().next());
                }
                let given: Vec<String> =
                    given.iter().map(|field| format!("{}: {}", field.name, self.value(&field.ty))).collect();
                format!("{{{}}}", given.join(", "))
            }
            _ => match ty.inner_named_type().as_str() {
                "Boolean" => "true".to_owned(),
                "Int" | "Float" => "1".to_owned(),
                _ => "\"x\"".to_owned(),
            },
        }
    }
}

fn plan_operation(graph: &Graph, text: &str, labels: &[&str]) -> Result<(), String> {
    let limits = Limits { depth: 64, ..Limits::default() };
    let api = graph.api_schema();
    let document = Document::parse(api, text, &limits).map_err(|errors| format!("not valid: {errors:?}"))?;
    let operation = document.operation(None).map_err(|error| format!("{error:?}"))?;
    let variables = coerce(api, operation, b"", &limits).map_err(|errors| format!("{errors:?}"))?;
    let mask = operation.conditions().evaluate(&variables).map_err(|errors| format!("{errors:?}"))?;
    let operation =
        normalize(graph, &document, operation, &mask, &limits).map_err(|error| format!("{error:?}"))?;
    let override_labels = labels.iter().map(|label| (*label).into()).collect();
    let options = PlanOptions { override_labels, ..PlanOptions::default() };
    plan(graph, &operation, &options).map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn the_planner_plans_whatever_composition_calls_satisfiable() {
    let mut failures = Vec::new();
    let mut planned = 0;
    for case in cases() {
        let Ok(composition) = compose(&case.subgraphs) else { continue };
        let graph = Graph::from_sdl(&composition.supergraph_sdl)
            .unwrap_or_else(|errors| panic!("case {} does not load: {errors:?}", case.name));
        let schema = graph.api_schema().clone();
        let labels: Vec<String> = graph.labels().iter().map(ToString::to_string).collect();
        for seed in 0..OPERATIONS {
            let mut writer = Writer { schema: &schema, random: Pcg64::seed_from_u64(seed) };
            let Some(text) = writer.operation() else { continue };
            let set: Vec<&str> =
                labels.iter().filter(|_| writer.random.random_range(0..2) == 0).map(String::as_str).collect();
            planned += 1;
            if let Err(error) = plan_operation(&graph, &text, &set) {
                failures.push(format!("{} (seed {seed}, labels {set:?})\n  {text}\n  {error}", case.name));
            }
        }
    }
    assert!(planned > 1000, "only {planned} operations were written");
    assert!(failures.is_empty(), "{} of {planned} fail:\n{}", failures.len(), failures.join("\n"));
}
