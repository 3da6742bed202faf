//! From an operation's text to its tables, when it is loaded.

use std::collections::BTreeSet;
use std::sync::Arc;

use apollo_compiler::executable::{ExecutableDocument, Operation};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Node, Schema};

use super::column::{self, Column, Scalars};
use super::header::{self, Declaration};
use super::lists::{self, Entry};
use super::page::Shape;
use super::paging::{self, Insertions};
use super::prune;
use super::request::RESERVED;
use super::unfold::{Cell, Level};
use super::{Table, Tables};

/// What is wrong with an `@table` line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TableProblem {
    /// From 1.
    pub(crate) line: usize,
    /// From 1.
    pub(crate) column: usize,
    pub(crate) message: String,
}

/// Makes the tables of a document that was checked already and has exactly one operation. `check` tells whether a
/// text with additions is still acceptable.
///
/// # Errors
/// Every problem of every `@table` line. What no line asks for is no error, only not served.
pub(crate) fn build(
    schema: &Valid<Schema>,
    text: &str,
    scalars: &Scalars,
    check: &dyn Fn(&str) -> Result<(), String>,
) -> Result<Tables, Vec<TableProblem>> {
    let (declared, malformed) = header::declarations(text);
    let mut problems: Vec<_> = malformed
        .into_iter()
        .map(|problem| TableProblem { line: problem.line, column: problem.column, message: problem.message })
        .collect();
    let parsed = ExecutableDocument::parse_and_validate(schema, text, "operation.graphql").ok();
    let operation = parsed.as_ref().and_then(|document| Some((document, document.operations.iter().next()?)));
    let Some((document, operation)) = operation else { return outcome(Tables::default(), problems) };
    if let Some(reason) = unfit(operation) {
        problems.extend(declared.iter().map(|declaration| problem_at(declaration, &reason)));
        return outcome(Tables { no_main: Some(reason), ..Tables::default() }, problems);
    }
    let entries = lists::tree(document, &operation.selection_set);
    let builder = Builder { schema, operation, entries: &entries, text, scalars, check };
    outcome(builder.tables(&declared, &mut problems), problems)
}

fn outcome(tables: Tables, problems: Vec<TableProblem>) -> Result<Tables, Vec<TableProblem>> {
    if problems.is_empty() { Ok(tables) } else { Err(problems) }
}

fn problem_at(declaration: &Declaration, message: &str) -> TableProblem {
    TableProblem { line: declaration.line, column: declaration.column, message: message.to_owned() }
}

/// Why an operation has no tables at all.
fn unfit(operation: &Operation) -> Option<String> {
    if !operation.is_query() {
        return Some("only queries are tables".to_owned());
    }
    let taken = operation.variables.iter().find(|variable| RESERVED.contains(&variable.name.as_str()))?;
    Some(format!(
        "its variable `${}` is called like a parameter of tables ({}): rename it",
        taken.name,
        RESERVED.join(", ")
    ))
}

struct Builder<'a> {
    schema: &'a Valid<Schema>,
    operation: &'a Node<Operation>,
    entries: &'a [Entry],
    text: &'a str,
    scalars: &'a Scalars,
    check: &'a dyn Fn(&str) -> Result<(), String>,
}

impl Builder<'_> {
    fn tables(&self, declared: &[Declaration], problems: &mut Vec<TableProblem>) -> Tables {
        let mut tables = Tables::default();
        let paths = lists::paths(self.entries);
        for declaration in declared {
            let known = paths.iter().any(|path| is_same(path, &declaration.rows));
            if !known {
                let lists: Vec<String> = paths.iter().map(|path| format!("`{}`", path.join("."))).collect();
                let rows = declaration.rows.join(".");
                let message = match lists.as_slice() {
                    [] => format!("`{rows}` is no list of objects that is selected; there is none"),
                    lists => format!(
                        "`{rows}` is no list of objects that is selected; those are {}",
                        lists.join(", ")
                    ),
                };
                problems.push(problem_at(declaration, &message));
            }
        }
        let declaration_of = |path: &[Arc<str>]| declared.iter().position(|d| is_same(path, &d.rows));
        let mut names = BTreeSet::new();
        // Those that are declared come first, in the order of their lines.
        let mut ordered: Vec<_> = paths.iter().map(|path| (declaration_of(path), path)).collect();
        ordered.sort_by_key(|(declaration, _)| declaration.unwrap_or(usize::MAX));
        for (index, path) in ordered {
            let declaration = index.map(|index| &declared[index]);
            let name = declaration.and_then(|d| d.name.clone()).unwrap_or_else(|| self.name(path));
            let made = if names.insert(name.clone()) {
                self.table(name.clone(), path, declaration)
            } else {
                Err(format!("two tables would be called `{name}`: give one a `name` in an `@table` line"))
            };
            match (made, declaration) {
                (Ok(table), _) => tables.served.push(Arc::new(table)),
                (Err(reason), Some(declaration)) => problems.push(problem_at(declaration, &reason)),
                (Err(reason), None) => tables.unserved.push((name, reason)),
            }
        }
        if declared.is_empty() {
            self.choose_main(&paths, &mut tables);
        }
        tables
    }

    /// Without a line that says so, the only outermost list is the main table.
    fn choose_main(&self, paths: &[Vec<Arc<str>>], tables: &mut Tables) {
        let is_outermost = |path: &&Vec<Arc<str>>| {
            !paths.iter().any(|other| other.len() < path.len() && path.starts_with(other))
        };
        let outermost: Vec<_> = paths.iter().filter(is_outermost).collect();
        let reason = match outermost.as_slice() {
            [] => "it selects no list of objects".to_owned(),
            [only] => {
                let rows = only.join(".");
                match tables.served.iter().position(|table| table.rows == rows) {
                    Some(place) => return tables.served.swap(0, place),
                    None => {
                        let name = self.name(only);
                        let reason = tables.unserved.iter().find(|(unserved, _)| *unserved == name);
                        reason.map(|(_, reason)| reason.clone()).unwrap_or_default()
                    }
                }
            }
            several => format!(
                "it selects several lists ({}): name one with `?table=`, or the main one in its file with \
                 `# @table(rows: \"{}\")`",
                several.iter().map(|path| format!("`{}`", self.name(path))).collect::<Vec<_>>().join(", "),
                several[0].join(".")
            ),
        };
        tables.no_main = Some(reason);
    }

    /// What a list is called when no line says so: its path in snake case, without the links of connections.
    fn name(&self, path: &[Arc<str>]) -> String {
        let entries = lists::along(self.entries, path).unwrap_or_default();
        let places = 0..entries.len();
        let named = places.filter(|place| !self.is_link(&entries[..=*place]));
        named.map(|place| column::snake_case(&path[place])).collect::<Vec<_>>().join("_")
    }

    /// Whether the last entry of a path is `nodes` or `edges` of a connection, or `node` of an edge.
    fn is_link(&self, path: &[&Entry]) -> bool {
        let [.., before, last] = path else { return false };
        if last.field.alias.is_some() {
            return false;
        }
        match &*last.key {
            "nodes" | "edges" => before.is_connection(self.schema),
            "node" => &*before.key == "edges" && self.is_link(&path[..path.len() - 1]),
            _ => false,
        }
    }

    fn table(
        &self,
        name: String,
        path: &[Arc<str>],
        declaration: Option<&Declaration>,
    ) -> Result<Table, String> {
        let along = lists::along(self.entries, path).unwrap_or_default();
        let lists: Vec<usize> = (0..along.len()).filter(|place| along[*place].is_list()).collect();
        if let Some(nested) = lists.iter().find(|place| along[**place].ty().item_type().is_list()) {
            return Err(format!("`{}` is a list of lists", path[..=*nested].join(".")));
        }
        let outermost = lists.first().copied().unwrap_or_default();
        let mut insertions = Insertions::new();
        let paging = paging::of_outermost(
            self.schema,
            self.operation,
            self.entries,
            &along,
            outermost,
            declaration.is_some_and(|declaration| declaration.one_page),
            &mut insertions,
        )?;
        let checked = lists.iter().skip(1).map(|list| {
            paging::check_inner(self.schema, &along, *list, &mut insertions)
                .map(|connection| (*list, connection))
        });
        let checked: Vec<_> = checked.flatten().collect();
        let mut columns = Columns { builder: self, path: &along, checked, made: Vec::new() };
        let root = columns.level(self.entries, 0, &mut Vec::new());
        let columns = columns.made;
        check_columns(&columns)?;
        let text = self.pruned(paging::insert(self.text, insertions), path);
        (self.check)(&text)?;
        let columns = columns.into_iter().map(|(column, _)| column).collect();
        let shape = Shape::new(&root, &paging.told());
        Ok(Table {
            name,
            rows: path.join("."),
            columns,
            text: text.into(),
            paging,
            null_is_error: declaration.is_some_and(|declaration| declaration.null_is_error),
            root,
            shape,
        })
    }

    /// A text of the operation without what the table of these rows does not take.
    fn pruned(&self, text: String, path: &[Arc<str>]) -> String {
        let document = ExecutableDocument::parse(self.schema, &text, "operation.graphql").ok();
        let pruned = document.and_then(|document| {
            let operation = document.operations.iter().next()?;
            let entries = lists::tree(&document, &operation.selection_set);
            let path: Vec<&str> = path.iter().map(|key| &**key).collect();
            prune::prune(&text, &entries, &path)
        });
        pruned.unwrap_or(text)
    }
}

fn is_same(path: &[Arc<str>], rows: &[String]) -> bool {
    path.len() == rows.len() && path.iter().zip(rows).all(|(key, row)| **key == **row)
}

/// Names are unique, and there are any.
fn check_columns(columns: &[(Column, String)]) -> Result<(), String> {
    if columns.is_empty() {
        return Err("no scalar fields are selected, so that there would be no columns".to_owned());
    }
    for (index, (column, path)) in columns.iter().enumerate() {
        if let Some((_, other)) = columns[..index].iter().find(|(other, _)| other.name == column.name) {
            return Err(format!(
                "`{other}` and `{path}` would both be the column `{}`: give one of them an alias",
                column.name
            ));
        }
    }
    Ok(())
}

/// Collects the columns of one table.
struct Columns<'a> {
    builder: &'a Builder<'a>,
    /// To the rows.
    path: &'a [&'a Entry],
    /// Places of inner lists and of the connections that tell whether they are complete.
    checked: Vec<(usize, usize)>,
    /// With the response keys each comes from, for messages.
    made: Vec<(Column, String)>,
}

impl Columns<'_> {
    /// The level whose objects have these entries; `depth` is how many steps of the path lead there.
    fn level(&mut self, entries: &[Entry], depth: usize, keys: &mut Vec<Arc<str>>) -> Level {
        let mut level = Level::default();
        let from = keys.len();
        self.object(entries, Some(depth), from, keys, &mut level);
        level
    }

    /// `depth` is how many steps of the path lead here, if it leads here at all; `from` is where the level begins.
    fn object(
        &mut self,
        entries: &[Entry],
        depth: Option<usize>,
        from: usize,
        keys: &mut Vec<Arc<str>>,
        level: &mut Level,
    ) {
        for entry in entries {
            let on_path =
                depth.filter(|depth| self.path.get(*depth).is_some_and(|step| step.key == entry.key));
            keys.push(entry.key.clone());
            if entry.is_list() {
                if let Some(depth) = on_path {
                    let mut inner = self.level(&entry.entries, depth + 1, keys);
                    inner.steps = keys[from..].to_vec();
                    let connection = self.checked.iter().find(|(list, _)| *list == depth);
                    // The path and the keys go the same way, so their ends are equally far apart.
                    inner.connection =
                        connection.map(|(list, connection)| inner.steps.len() - (list - connection));
                    level.inner = Some(Box::new(inner));
                }
            } else if entry.field.selection_set.is_some() {
                if entry.field.name != "pageInfo" {
                    self.object(&entry.entries, on_path.map(|depth| depth + 1), from, keys, level);
                }
            } else {
                level.cells.push(Cell { column: self.made.len(), steps: keys[from..].to_vec() });
                let column = self.column(entry, keys, from);
                self.made.push((column, keys.join(".")));
            }
            keys.pop();
        }
    }

    fn column(&self, entry: &Entry, keys: &[Arc<str>], from: usize) -> Column {
        let definition = &entry.field.definition;
        let schema = self.builder.schema;
        let named = definition.ty.inner_named_type().as_str();
        Column {
            name: self.name(keys, from),
            ty: column::type_of(schema, named, definition.ty.is_list(), self.builder.scalars),
            graphql_type: definition.ty.to_string(),
            description: definition.description.as_ref().map(|text| text.trim().to_owned()),
        }
    }

    /// A name begins at the items of the nearest list, outside of lists at the root.
    fn name(&self, keys: &[Arc<str>], from: usize) -> String {
        let entries = lists::along(self.builder.entries, keys).unwrap_or_default();
        let places = (from..keys.len()).filter(|place| !self.builder.is_link(&entries[..=*place]));
        places.map(|place| column::snake_case(&keys[place])).collect::<Vec<_>>().join("_")
    }
}
