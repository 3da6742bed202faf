//! A configuration as it takes effect: every value, and where it comes from.

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use super::tree::{Node, Step, Value as Found};
use super::{Config, Environment, Problems, yaml};

impl Config {
    /// Reads a file as [`Config::load`] does, and writes all values as YAML, each with the place it comes from: a line
    /// of the file, variables of the environment, or the default. Secrets are left out.
    ///
    /// # Errors
    /// All problems of the file at once.
    pub fn effective(path: &Path, environment: &dyn Environment) -> Result<String, Problems> {
        let config = Self::load(path, environment)?;
        let tree = yaml::read_file::<Self>(path, environment)?.into_tree();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let value = serde_json::to_value(&config)
            .map_err(|error| Problems::whole_file(path, format!("cannot be written ({error})")))?;
        let mut lines = Lines { tree: &tree, file: &file, lines: Vec::new() };
        lines.members(&value, &mut Vec::new(), "");
        let mut output = lines.finish();
        for (name, what) in config.beside(environment) {
            let _ = writeln!(output, "# {name} is set: {what}");
        }
        Ok(output)
    }

    /// Variables of the environment that no file has to name: the exporter of spans reads them by itself.
    fn beside(&self, environment: &dyn Environment) -> Vec<(&'static str, &'static str)> {
        let is_set = |name: &str| environment.variable(name).is_some();
        let headers = "the collector gets its headers, before `telemetry.otlp.headers`";
        let known = [
            (
                "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
                "with spans, the collector gets its headers, before all others",
            ),
            (
                "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
                "with metrics, the collector gets its headers, before all others",
            ),
            ("OTEL_EXPORTER_OTLP_HEADERS", headers),
            ("OTEL_RESOURCE_ATTRIBUTES", "spans and metrics have its attributes"),
        ];
        let found = known.into_iter().filter(|(name, _)| is_set(name));
        found.filter(|_| self.telemetry.otlp.is_some()).collect()
    }
}

/// The lines of the output: text and origin.
struct Lines<'a> {
    tree: &'a Node,
    file: &'a str,
    lines: Vec<(String, String)>,
}

impl Lines<'_> {
    fn members(&mut self, value: &Value, path: &mut Vec<Step>, indent: &str) {
        let mut members: Vec<_> = value.as_object().into_iter().flatten().collect();
        members.sort_by_key(|(key, _)| key.as_str());
        for (key, value) in members {
            path.push(Step::Key(key.clone()));
            self.value(&format!("{indent}{}:", scalar(key)), value, path, &format!("{indent}  "));
            path.pop();
        }
    }

    /// A value after what stands before it on its line.
    fn value(&mut self, before: &str, value: &Value, path: &mut Vec<Step>, indent: &str) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                self.lines.push((before.to_owned(), String::new()));
                self.members(value, path, indent);
            }
            Value::Array(items) if !items.is_empty() => {
                self.lines.push((before.to_owned(), String::new()));
                for (index, item) in items.iter().enumerate() {
                    path.push(Step::Index(index));
                    self.item(item, path, indent);
                    path.pop();
                }
            }
            plain => {
                let text = match plain {
                    Value::String(text) => scalar(text),
                    other => other.to_string(),
                };
                let origin = self.origin(path);
                self.lines.push((format!("{before} {text}"), origin));
            }
        }
    }

    /// An item of a list: the first line of what it holds begins with a dash.
    fn item(&mut self, item: &Value, path: &mut Vec<Step>, indent: &str) {
        let first = self.lines.len();
        match item {
            Value::Object(_) => self.members(item, path, &format!("{indent}  ")),
            item => self.value(&format!("{indent} "), item, path, indent),
        }
        if let Some((text, _)) = self.lines.get_mut(first) {
            text.replace_range(indent.len()..=indent.len(), "-");
        }
    }

    fn origin(&self, path: &[Step]) -> String {
        let Some((node, _)) = self.tree.find(path) else { return "default".to_owned() };
        let place = format!("{}:{}", self.file, node.line);
        match &node.value {
            Found::Expanded(_, names) if !names.is_empty() => format!("{place}, from {}", names.join(", ")),
            _ => place,
        }
    }

    /// All lines, with the origins one below the other.
    fn finish(self) -> String {
        let longest = self.lines.iter().map(|(text, _)| text.chars().count()).max().unwrap_or(0).min(60);
        let mut output = String::new();
        for (text, origin) in self.lines {
            let _ = match origin.as_str() {
                "" => writeln!(output, "{text}"),
                origin => writeln!(output, "{text:<longest$}  # {origin}"),
            };
        }
        output
    }
}

/// A text as YAML: plain where nothing else can be meant, quoted otherwise.
fn scalar(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "_-./".contains(character);
    let address =
        text.contains(':') && !text.ends_with(':') && text.chars().all(|c| plain(c) || ":=,".contains(c));
    let word = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text.chars().all(plain);
    let quantity = text.ends_with(|last: char| last.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric());
    let other = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let meant = other.iter().any(|word| text.eq_ignore_ascii_case(word)) || text.parse::<f64>().is_ok();
    if (word || address || quantity) && !meant { text.to_owned() } else { Value::from(text).to_string() }
}
