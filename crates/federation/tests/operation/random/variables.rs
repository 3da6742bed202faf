//! Random variables: coercion against the compiler's own, which works on parsed JSON.

use std::fmt::Write;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use federation::operation::{Document, Limits, coerce};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::super::supergraph;
use super::setting;

const SCHEMA: &str = "
    type Query {
      a1(x: Int): Int a2(x: Float): Int a3(x: ID): Int a4(x: String): Int a5(x: Boolean): Int a6(x: Color): Int
      a7(x: JSON): Int a8(x: In): Int a9(x: One): Int b1(x: [Int!]): Int b2(x: [Int]): Int b3(x: [[In!]]): Int
      b4(x: [Color!]): Int b5(x: [[[Float]]]): Int
    }
    enum Color { RED GREEN BLUE }
    scalar JSON
    input In {
      int: Int! = 3
      must: Boolean!
      color: Color = GREEN
      in: In
      ins: [In!]
      json: JSON = { a: [1, RED, null] }
      numbers: [Float] = 1
    }
    input One @oneOf { int: Int color: Color in: In }
";

/// Types of variables and the fields that take them.
const TYPES: &[(&str, &str)] = &[
    ("Int", "a1"),
    ("Int!", "a1"),
    ("Float", "a2"),
    ("Float!", "a2"),
    ("ID!", "a3"),
    ("ID", "a3"),
    ("String", "a4"),
    ("Boolean!", "a5"),
    ("Color", "a6"),
    ("Color!", "a6"),
    ("JSON", "a7"),
    ("In", "a8"),
    ("In!", "a8"),
    ("One", "a9"),
    ("One!", "a9"),
    ("[Int!]", "b1"),
    ("[Int]!", "b2"),
    ("[[In!]]", "b3"),
    ("[Color!]!", "b4"),
    ("[[[Float]]]", "b5"),
];

const DEFAULTS: &[(&str, &str)] = &[
    ("Int", "7"),
    ("[Int]!", "7"),
    ("Color", "RED"),
    ("In", "{ must: true, ins: { must: false } }"),
    ("[[In!]]", "[{ must: true }]"),
    ("JSON", "{ a: [RED, 1.5, \"x\"] }"),
    ("Float", "3"),
    ("One", "{ color: BLUE }"),
];

struct Generator<'a>(&'a mut Pcg64Mcg);

impl Generator<'_> {
    fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.0.random_range(0..texts.len())]
    }

    /// A JSON value that mostly fits the type.
    fn value(&mut self, ty: &str, depth: usize) -> String {
        if self.0.random_bool(0.03) {
            return self
                .pick(&["null", "1", "-1.5", "\"RED\"", "true", "[]", "{}", "[[1]]", "\"\"", "2147483648"])
                .to_owned();
        }
        if let Some(ty) = ty.strip_suffix('!') {
            return self.value(ty, depth);
        }
        if self.0.random_bool(0.05) {
            return "null".to_owned();
        }
        if let Some(item) = ty.strip_prefix('[').and_then(|ty| ty.strip_suffix(']')) {
            if self.0.random_bool(0.2) {
                return self.value(item, depth);
            }
            let items: Vec<String> =
                (0..self.0.random_range(0..3)).map(|_| self.value(item, depth)).collect();
            return format!("[{}]", items.join(", "));
        }
        match ty {
            "Int" => self.pick(&["0", "-7", "2147483647", "-2147483648"]).to_owned(),
            "Float" => self.pick(&["0", "1.25", "-3e10", "9007199254740991"]).to_owned(),
            "ID" => self.pick(&["\"x\"", "4", "-4"]).to_owned(),
            "String" => self.pick(&["\"\"", "\"a\\\"b\\u00e9\""]).to_owned(),
            "Boolean" => self.pick(&["true", "false"]).to_owned(),
            "Color" => self.pick(&["\"RED\"", "\"GREEN\"", "\"BLUE\""]).to_owned(),
            "JSON" => self.pick(&["1", "[1, {\"a\": null}]", "{\"b\": [ ]}", "\"x\""]).to_owned(),
            "In" => self.object(
                &[
                    ("int", "Int!"),
                    ("must", "Boolean!"),
                    ("color", "Color"),
                    ("in", "In"),
                    ("ins", "[In!]"),
                    ("json", "JSON"),
                    ("numbers", "[Float]"),
                ],
                depth,
            ),
            _ => {
                let field = [("int", "Int!"), ("color", "Color!"), ("in", "In!")][self.0.random_range(0..3)];
                format!("{{\"{}\": {}}}", field.0, self.value(field.1, depth + 1))
            }
        }
    }

    fn object(&mut self, fields: &[(&str, &str)], depth: usize) -> String {
        let mut entries = Vec::new();
        for (name, ty) in fields {
            let often = if *name == "must" { 0.97 } else { 0.3 / (depth + 1) as f64 };
            if self.0.random_bool(often) {
                let name = if self.0.random_bool(0.01) { "unknown" } else { name };
                entries.push(format!("\"{name}\": {}", self.value(ty, depth + 1)));
            }
        }
        format!("{{{}}}", entries.join(", "))
    }
}

/// A query that declares variables, uses each, and the variables' values.
fn generate(random: &mut Pcg64Mcg) -> (String, String) {
    let mut generator = Generator(random);
    let (mut declared, mut used, mut values) = (String::new(), String::new(), Vec::new());
    for index in 0..generator.0.random_range(1..5) {
        let (ty, field) = TYPES[generator.0.random_range(0..TYPES.len())];
        write!(declared, "$v{index}: {ty}").unwrap();
        let defaults: Vec<&str> =
            DEFAULTS.iter().filter(|(of, _)| *of == ty).map(|(_, default)| *default).collect();
        if !defaults.is_empty() && generator.0.random_bool(0.6) {
            write!(declared, " = {}", generator.pick(&defaults)).unwrap();
        }
        declared.push(' ');
        write!(used, " f{index}: {field}(x: $v{index})").unwrap();
        if generator.0.random_bool(0.85) {
            values.push(format!("\"v{index}\": {}", generator.value(ty, 0)));
        }
    }
    (format!("query ({declared}) {{{used} }}"), format!("{{{}}}", values.join(", ")))
}

#[test]
fn coercion_agrees_with_the_compiler() {
    let graph = supergraph::around(SCHEMA);
    let schema = graph.api_schema();
    let seed = setting("OPERATION_SEED", 1);
    let (cases, mut accepted) = (setting("OPERATION_CASES", 800), 0);
    for case in 0..cases {
        let mut random = Pcg64Mcg::seed_from_u64(seed.wrapping_mul(3_000_017).wrapping_add(case));
        let (text, values) = generate(&mut random);
        let context = format!("seed {seed}, case {case}: {text}\n{values}");
        let document = ExecutableDocument::parse_and_validate(schema, &*text, "oracle.graphql");
        let document = document.unwrap_or_else(|errors| panic!("{context}\n{errors}"));
        let given: JsonMap = serde_json::from_str(&values).expect("generated JSON");
        let operation = document.operations.iter().next().expect("one operation");
        let expected = coerce_variable_values(schema, operation, &given);
        let ours = Document::parse(schema, &text, &Limits::default()).expect("valid");
        let actual =
            coerce(schema, ours.operation(None).expect("one"), values.as_bytes(), &Limits::default());
        match (expected, actual) {
            (Ok(expected), Ok(actual)) => {
                accepted += 1;
                let mut parsed = JsonMap::new();
                for (name, json) in actual.iter() {
                    parsed.insert(name, serde_json::from_str(json).expect("JSON text"));
                }
                assert_eq!(parsed, expected.into_inner(), "{context}");
            }
            (Err(_), Err(_)) => {}
            (expected, actual) => panic!("{context}\nexpected {expected:#?}\nactual {actual:#?}"),
        }
    }
    assert!(accepted * 4 > cases && accepted * 20 < cases * 19, "{accepted} of {cases} accepted");
}
