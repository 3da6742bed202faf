//! The configuration as a page for people, made from the same schema that editors read.

use std::fmt::Write;

use serde_json::Value;

use super::schema::inlined;

const INTRODUCTION: &str = "# Configuration

<!-- Made by `gateway config reference` from the structs in crates/gateway/src/config: change their comments instead. -->

`gateway serve --config FILE` reads a YAML file. Every key has a default or may be left out, but for one of `supergraph` and
`compose`; unknown keys are refused. Paths are relative to the file's folder. In a value, `${env.NAME}` stands for a variable
of the environment, `${env.NAME:-default}` for one that may be missing, and `$$` for `$`.

```sh
gateway config check deploy/gateway.yaml   # every problem with its line
gateway config show deploy/gateway.yaml    # every value, and where it comes from
```

[deploy/gateway.schema.json](../deploy/gateway.schema.json) (`gateway config schema`) has editors complete and check keys.
A duration is a whole number and `ms`, `s`, `m` or `h`; a size is one and `B`, `KiB`, `MiB` or `GiB`. NAME stands for a
name of your own, `[]` for each item of a list.
";

/// A key of the configuration.
struct Row {
    key: String,
    kind: String,
    default: String,
    meaning: String,
}

/// The page, in Markdown.
#[must_use]
pub fn reference() -> String {
    let schema = inlined();
    let mut page = INTRODUCTION.to_owned();
    let (sections, keys): (Vec<_>, Vec<_>) =
        properties(&schema).into_iter().partition(|(_, schema)| schema.get("properties").is_some());
    page.push_str("\n## The gateway\n\n");
    let mut rows = Vec::new();
    keys.iter().for_each(|(key, schema)| add(&mut rows, (*key).to_owned(), schema));
    table(&mut page, &rows);
    for (name, section) in sections {
        let _ = write!(page, "\n## `{name}`\n\n{}\n\n", description(section));
        let mut rows = Vec::new();
        add_all(&mut rows, name, section);
        table(&mut page, &rows);
    }
    page
}

fn table(page: &mut String, rows: &[Row]) {
    page.push_str("| key | value | default | |\n|---|---|---|---|\n");
    for Row { key, kind, default, meaning } in rows {
        let meaning = meaning.replace('|', "\\|").replace('\n', " ");
        let _ = writeln!(page, "| `{key}` | {kind} | {default} | {meaning} |");
    }
}

/// The members of a section, in order of their names.
fn properties(schema: &Value) -> Vec<(&str, &Value)> {
    let members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let mut members: Vec<_> = members.map(|(key, schema)| (key.as_str(), present(schema))).collect();
    members.sort_by_key(|(key, _)| *key);
    members
}

/// The schema of a value that may be left out, when it is there.
fn present(schema: &Value) -> &Value {
    let choices = schema.get("anyOf").and_then(Value::as_array);
    let given = choices.and_then(|choices| choices.iter().find(|choice| choice["type"] != "null"));
    given.unwrap_or(schema)
}

fn description(schema: &Value) -> &str {
    schema.get("description").and_then(Value::as_str).unwrap_or_default()
}

fn add_all(rows: &mut Vec<Row>, path: &str, schema: &Value) {
    let members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let mut members: Vec<_> = members.collect();
    members.sort_by_key(|(key, _)| key.as_str());
    let required =
        |key: &str| schema["required"].as_array().is_some_and(|keys| keys.iter().any(|name| name == key));
    for (key, member) in members {
        let before = rows.len();
        add(rows, format!("{path}.{key}"), member);
        if let Some(row) = rows.get_mut(before).filter(|_| required(key)) {
            "needed".clone_into(&mut row.default);
        }
    }
}

/// A key, and all keys below it.
fn add(rows: &mut Vec<Row>, key: String, member: &Value) {
    let schema = present(member);
    let mut meaning = description(member).to_owned();
    if meaning.is_empty() {
        description(schema).clone_into(&mut meaning);
    }
    for (name, what) in names(schema).iter().filter(|(_, what)| !what.is_empty()) {
        let _ = write!(meaning, " `{name}`: {what}");
    }
    let default = match member.get("default") {
        None => String::new(),
        Some(Value::Array(list)) if list.is_empty() => String::new(),
        Some(Value::Object(members)) if members.is_empty() => String::new(),
        Some(Value::String(text)) => format!("`{text}`"),
        Some(other) => format!("`{other}`"),
    };
    let below = below(schema, &key);
    rows.push(Row { kind: kind(schema), key, default, meaning });
    if let Some((path, schema)) = below {
        add_all(rows, &path, schema);
    }
}

/// The section that a key is, or holds several of, with its path.
fn below<'a>(schema: &'a Value, key: &str) -> Option<(String, &'a Value)> {
    let several = [("items", "[]"), ("additionalProperties", ".NAME")];
    let inner = several
        .iter()
        .find_map(|(member, suffix)| Some((schema.get(*member).filter(|inner| inner.is_object())?, *suffix)));
    let (schema, suffix) = inner.unwrap_or((schema, ""));
    schema.get("properties").map(|_| (format!("{key}{suffix}"), schema))
}

/// What may be written, in a word.
fn kind(schema: &Value) -> String {
    let names = names(schema);
    if !names.is_empty() {
        return names.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    }
    if let Some(items) = schema.get("items") {
        return format!("list of {}", plural(&kind(items)));
    }
    if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
        return format!("{} by name", plural(&kind(values)));
    }
    let ty = match &schema["type"] {
        Value::Array(types) => types.iter().find(|ty| *ty != "null"),
        ty => Some(ty),
    };
    match (schema["title"].as_str(), ty.and_then(Value::as_str)) {
        (Some(title @ ("duration" | "size" | "secret")), _) => title,
        (_, Some("boolean")) => "`true`, `false`",
        (_, Some("integer")) => "whole number",
        (_, Some("number")) => "number",
        (_, Some("object")) => "section",
        _ => "text",
    }
    .to_owned()
}

fn plural(kind: &str) -> String {
    match kind {
        "text" => "texts".to_owned(),
        kind if kind.starts_with('`') => kind.to_owned(),
        kind => format!("{kind}s"),
    }
}

/// The names of a value that is one of several, with what they mean.
fn names(schema: &Value) -> Vec<(&str, &str)> {
    let plain = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    let plain = plain.filter_map(|name| Some((name.as_str()?, "")));
    let described = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten().flat_map(|choice| {
        let alone = choice.get("const").into_iter();
        let together = choice.get("enum").and_then(Value::as_array).into_iter().flatten();
        alone.chain(together).filter_map(|name| Some((name.as_str()?, description(choice))))
    });
    plain.chain(described).collect()
}
