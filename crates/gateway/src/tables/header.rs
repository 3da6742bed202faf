//! What an operation's file says of its tables: `# @table(rows: "network.locations.nodes")` lines in the comment at
//! its head.
//!
//! They are comments and not directives of the operation, so that every other tool takes the file as it is: a
//! directive would have to be declared in the schema.

use apollo_compiler::ast::{self, Value};

/// One `@table` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Declaration {
    /// From 1.
    pub(super) line: usize,
    /// From 1, of the `@`.
    pub(super) column: usize,
    /// Response keys from the root to the list.
    pub(super) rows: Vec<String>,
    /// What `?table=` calls it.
    pub(super) name: Option<String>,
    /// Whether the first page is all there is to be.
    pub(super) one_page: bool,
    /// Whether a list that is null is an error, and not an empty one.
    pub(super) null_is_error: bool,
}

/// A line that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HeaderProblem {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
}

const FORM: &str = "write it as `# @table(rows: \"path.to.list\")`, with `name: \"...\"`, `pages: ONE` and `missing: ERROR` as you need them";

/// The `@table` lines at the head of a document.
pub(super) fn declarations(text: &str) -> (Vec<Declaration>, Vec<HeaderProblem>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let Some(comment) = line.trim_start().strip_prefix('#') else { break };
        let Some(directive) = table_line(comment) else { continue };
        let place = (index + 1, line.find('@').unwrap_or(0) + 1);
        match read(directive, place) {
            Ok(declaration) => found.push(declaration),
            Err(message) => problems.push(HeaderProblem { line: place.0, column: place.1, message }),
        }
    }
    (found, problems)
}

/// The comment of a head without `@table` lines: the description for people.
pub(crate) fn without_tables<'a>(lines: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    lines.filter(|line| table_line(line).is_none())
}

fn table_line(comment: &str) -> Option<&str> {
    let text = comment.trim();
    let rest = text.strip_prefix("@table")?;
    (!rest.starts_with(|next: char| next.is_alphanumeric() || next == '_')).then_some(text)
}

fn read(directive: &str, (line, column): (usize, usize)) -> Result<Declaration, String> {
    let document = ast::Document::parse(format!("query {directive} {{ a }}"), "table")
        .map_err(|_| format!("`{directive}` cannot be read; {FORM}"))?;
    let [ast::Definition::OperationDefinition(operation)] = document.definitions.as_slice() else {
        return Err(format!("`{directive}` cannot be read; {FORM}"));
    };
    let [table] = operation.directives.0.as_slice() else {
        return Err(format!("`{directive}` cannot be read; {FORM}"));
    };
    let mut declaration =
        Declaration { line, column, rows: Vec::new(), name: None, one_page: false, null_is_error: false };
    for argument in &table.arguments {
        match (argument.name.as_str(), &*argument.value) {
            ("rows", Value::String(path)) => {
                declaration.rows = path.split('.').map(|key| key.trim().to_owned()).collect();
            }
            ("name", Value::String(name)) if is_name(name) => declaration.name = Some(name.to_owned()),
            ("name", _) => return Err("`name` is letters, digits and `_`, in quotes".to_owned()),
            ("pages", Value::Enum(value)) if *value == "ONE" => declaration.one_page = true,
            ("pages", Value::Enum(value)) if *value == "ALL" => declaration.one_page = false,
            ("pages", _) => return Err("`pages` is `ALL` (the default) or `ONE`".to_owned()),
            ("missing", Value::Enum(value)) if *value == "ERROR" => declaration.null_is_error = true,
            ("missing", Value::Enum(value)) if *value == "SKIP" => declaration.null_is_error = false,
            ("missing", _) => return Err("`missing` is `SKIP` (the default) or `ERROR`".to_owned()),
            (other, _) => return Err(format!("`@table` has no `{other}` like this; {FORM}")),
        }
    }
    if declaration.rows.is_empty() {
        return Err(format!("`rows` is missing: which list the rows are of; {FORM}"));
    }
    Ok(declaration)
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_head_declare_tables() {
        let text = "# Revenue.\n#  @table(rows: \"a.b\", pages: ONE)\n# @tables are nice\n# @table(rows: \"c\", name: \"x\")\n{ a }\n# @table(rows: \"d\")";
        let (found, problems) = declarations(text);
        let declaration = |line, column, rows: &[&str], name: Option<&str>, one_page| Declaration {
            line,
            column,
            rows: rows.iter().map(|key| (*key).to_owned()).collect(),
            name: name.map(str::to_owned),
            one_page,
            null_is_error: false,
        };
        assert_eq!(
            found,
            [declaration(2, 4, &["a", "b"], None, true), declaration(4, 3, &["c"], Some("x"), false)]
        );
        assert_eq!(problems, []);
        let description: Vec<_> = without_tables(text.lines().take(4).map(|line| &line[1..])).collect();
        assert_eq!(description, [" Revenue.", " @tables are nice"]);
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_place() {
        let cases = [
            ("@table", "`rows` is missing"),
            ("@table(rows: 3)", "`@table` has no `rows` like this"),
            ("@table(rows: \"a\"", "cannot be read"),
            ("@table(rows: \"a\", pages: TWO)", "`pages` is"),
            ("@table(rows: \"a\", name: \"a b\")", "`name` is"),
            ("@table(rows: \"a\", missing: NULL)", "`missing` is"),
            ("@table(rows: \"a\", limit: 3)", "`@table` has no `limit` like this"),
            ("@table(rows: \"a\") { b } query", "cannot be read"),
        ];
        for (line, message) in cases {
            let (_, problems) = declarations(&format!("# {line}\n{{ a }}"));
            assert_eq!((problems[0].line, problems[0].column), (1, 3), "{line}");
            assert!(problems[0].message.contains(message), "{line}: {}", problems[0].message);
        }
    }
}
