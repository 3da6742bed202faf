//! Random operations: the engine answers what a single server with all the data answers.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use federation::{Config, Engine, Outcome, Request};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::data::Data;
use super::server::{Mode, Servers, answer_alone};

/// Folders where the answers differ from those of a single server, or nothing is planned, on purpose.
const SPECIAL: [&str; 14] = [
    "abstract_types/a_field_of_the_interface_itself",
    "abstract_types/implementations_that_differ_at_a_shared_root",
    "access",
    "contexts/from_the_object_itself",
    "contexts/one_entity_in_two_places",
    "contexts/rows_without_a_required_value",
    "contexts/rows_without_a_required_value/lack_something_else_as_well",
    "entities/keys_of_lists_of_objects",
    "entities/null_keys_shared_by_rows",
    "errors",
    "interface_objects/nothing_can_be_entered",
    "nulls",
    "requires/missing_values",
    "requires/values_that_are_not_there",
];
const OPERATIONS: u64 = 12;
const DEPTH: usize = 4;

struct Generator<'a> {
    schema: &'a Valid<Schema>,
    random: Pcg64Mcg,
    text: String,
}

impl Generator<'_> {
    fn chance(&mut self, one_in: u32) -> bool {
        self.random.random_range(0..one_in) == 0
    }

    /// Writes a selection set for a type.
    fn selections(&mut self, ty: &str, depth: usize) {
        self.text.push_str("{ ");
        let start = self.text.len();
        let fields: Vec<_> = match &self.schema.types[ty] {
            ExtendedType::Object(object) => object.fields.values().cloned().collect(),
            ExtendedType::Interface(interface) => interface.fields.values().cloned().collect(),
            _ => Vec::new(),
        };
        for field in fields {
            let leaf = !matches!(
                self.schema.types[field.ty.inner_named_type()],
                ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_)
            );
            let times = if leaf { self.random.random_range(0..3) } else { self.random.random_range(0..2) };
            if !leaf && depth == 0 {
                continue;
            }
            for _ in 0..times {
                if self.chance(5) {
                    write!(self.text, "also_{}: ", field.name).expect("writing to a string");
                } else if self.chance(15) {
                    let alias = ["id", "name"][self.random.random_range(0..2)];
                    write!(self.text, "{alias}: ").expect("writing to a string");
                }
                self.text.push_str(&field.name);
                for argument in field.arguments.iter().filter(|argument| argument.ty.is_non_null()) {
                    let value = match &*argument.ty {
                        Type::NonNullNamed(name) if name == "Int" => "2",
                        Type::NonNullNamed(name) => match self.schema.get_enum(name) {
                            Some(values) => values.values.keys().next().expect("a value").as_str(),
                            None => "\"2\"",
                        },
                        _ => "\"2\"",
                    };
                    write!(self.text, "({}: {value})", argument.name).expect("writing to a string");
                }
                self.text.push(' ');
                if !leaf {
                    self.selections(field.ty.inner_named_type(), depth - 1);
                }
            }
        }
        self.fragments(ty, depth);
        if self.text.len() == start || self.chance(4) {
            self.text.push_str("__typename ");
        }
        self.text.push_str("} ");
    }

    fn fragments(&mut self, ty: &str, depth: usize) {
        let implementers = self.schema.implementers_map();
        let mut types: Vec<String> = match &self.schema.types[ty] {
            ExtendedType::Interface(_) => {
                let all = implementers.get(ty).into_iter().flat_map(|all| &all.objects);
                all.map(ToString::to_string).collect()
            }
            ExtendedType::Union(union) => union.members.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        };
        types.sort();
        for member in types {
            if depth > 0 && self.chance(2) {
                write!(self.text, "... on {member} ").expect("writing to a string");
                self.selections(&member, depth - 1);
            }
        }
    }
}

/// All folders with schemas and data of their own.
fn folders() -> Vec<PathBuf> {
    let (mut found, mut work) = (Vec::new(), vec![super::themes()]);
    while let Some(folder) = work.pop() {
        let entries = std::fs::read_dir(&folder).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        work.extend(paths.filter(|path| path.is_dir()));
        let special = SPECIAL.iter().any(|special| folder.ends_with(special));
        if !special && folder.join("data.json").exists() && !super::subgraphs_of(&folder).is_empty() {
            found.push(folder);
        }
    }
    found.sort();
    found
}

fn check(folder: &Path) {
    let behaviour = folder.display();
    let subgraphs = super::subgraphs_of(folder);
    let supergraph = &super::composed(&subgraphs).unwrap_or_else(|error| panic!("{behaviour}: {error}"));
    let data = Data::parse(&super::file(folder, "data.json").expect("data"));
    let engine = |mode| {
        let servers = Servers::new(&subgraphs, supergraph, data.clone(), mode);
        Engine::from_supergraph(supergraph, Arc::new(servers), Config::default()).expect("an engine")
    };
    let engines = [engine(Mode::Json), engine(Mode::Values)];
    let api = engines[0].graph().api_schema().clone();
    let mut accepted = 0;
    for seed in 0..OPERATIONS {
        let mut generator =
            Generator { schema: &api, random: Pcg64Mcg::seed_from_u64(seed), text: String::new() };
        generator.selections("Query", DEPTH);
        let query = generator.text;
        let engine = &engines[usize::try_from(seed % 2).expect("small")];
        let response = futures::executor::block_on(engine.execute(Request::new(query.as_str())));
        let body = String::from_utf8_lossy(&response.body);
        if response.outcome == Outcome::Refused {
            // Random aliases clash now and then; nothing else may be wrong.
            assert!(
                body.contains("using the same name")
                    || body.contains("into the same alias")
                    || body.contains("LIMIT_"),
                "{behaviour}, seed {seed}: {body}\n{query}"
            );
            continue;
        }
        accepted += 1;
        // Where some data fails, what a single server makes of it is no measure.
        let Ok(expected) = answer_alone(&api, &data, &query, "{}") else { continue };
        let answer: serde_json::Value = serde_json::from_slice(&response.body).expect("answers are JSON");
        assert!(
            response.errors == 0 && answer["data"] == expected,
            "{behaviour}, seed {seed}\n{query}\nanswer:   {body}\nexpected: {expected}"
        );
    }
    assert!(accepted > OPERATIONS / 8, "{behaviour}: only {accepted} operations were valid");
}

#[test]
fn the_answers_to_random_operations_are_those_of_a_single_server() {
    folders().iter().for_each(|folder| check(folder));
}
