//! What an object of each type is asked, by the letter of the specification (6.3.2 CollectFields).

use std::collections::HashSet;

use apollo_compiler::ast::Value;
use apollo_compiler::collections::IndexMap;
use apollo_compiler::executable::{Field, Selection, SelectionSet};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Schema};
use federation::graph::{FieldId, Graph, ObjectId, TypeId};
use federation::operation::normal::{FieldRef, SelectionSet as NormalSet};
use federation::operation::{CoercedVariables, NormalOperation};

struct Oracle<'a> {
    graph: &'a Graph,
    document: &'a ExecutableDocument,
    variables: &'a CoercedVariables,
}

/// Compares the normal form with the document, for every type of object that may stand at each position.
pub(super) fn check(
    graph: &Graph,
    text: &str,
    variables: &CoercedVariables,
    normal: &NormalOperation,
) -> Result<(), String> {
    let schema: &Valid<Schema> = graph.api_schema();
    let document = ExecutableDocument::parse_and_validate(schema, text, "oracle.graphql")
        .map_err(|errors| format!("the compiler refuses the document: {errors}"))?;
    let operation = document.operations.iter().next().ok_or("no operation")?;
    let oracle = Oracle { graph, document: &document, variables };
    let root = graph.object_id(&operation.selection_set.ty).ok_or("no root")?;
    oracle.compare(root, &[&operation.selection_set], &normal.root, "")
}

impl Oracle<'_> {
    fn compare(
        &self,
        object: ObjectId,
        sets: &[&SelectionSet],
        normal: &NormalSet,
        path: &str,
    ) -> Result<(), String> {
        let name = self.graph.object_name(object);
        let mut expected: IndexMap<&Name, Vec<&Field>> = IndexMap::default();
        let mut visited = HashSet::new();
        for set in sets {
            self.collect(name, set, &mut visited, &mut expected);
        }
        let actual: Vec<_> =
            normal.selections.iter().filter(|selection| selection.types.contains(object)).collect();
        let keys = |keys: Vec<&str>| keys.join(" ");
        let expected_keys = keys(expected.keys().map(|key| key.as_str()).collect());
        let actual_keys = keys(actual.iter().map(|selection| &*selection.key).collect());
        if expected_keys != actual_keys {
            return Err(format!("{path} on {name}: expected `{expected_keys}`, got `{actual_keys}`"));
        }
        for (fields, selection) in expected.values().zip(actual) {
            let path = format!("{path}/{}", selection.key);
            let first = fields[0];
            let arguments: Vec<(&str, &Value)> =
                selection.arguments.iter().map(|argument| (&*argument.name, &*argument.value)).collect();
            let written: Vec<(&str, &Value)> =
                first.arguments.iter().map(|argument| (argument.name.as_str(), &*argument.value)).collect();
            if arguments != written {
                return Err(format!("{path} on {name}: arguments {arguments:?} instead of {written:?}"));
            }
            let FieldRef::Field(id) = selection.field else {
                if first.name != "__typename" {
                    return Err(format!("{path} on {name}: not `__typename`"));
                }
                continue;
            };
            let own = self.own_field(object, id, &first.name, &path)?;
            let below: Vec<&SelectionSet> =
                fields.iter().filter_map(|field| field.selection_set.as_ref()).collect();
            match &selection.selection_set {
                None if below.is_empty() => {}
                Some(set) if !below.is_empty() => {
                    if set.parent != self.graph.field(id).ty {
                        return Err(format!(
                            "{path} on {name}: the position has another type than the field"
                        ));
                    }
                    for object in self.graph.possible(own).iter() {
                        self.compare(object, &below, set, &path)?;
                    }
                }
                _ => return Err(format!("{path} on {name}: leaf or not?")),
            }
        }
        Ok(())
    }

    /// The type of the object's own field.
    fn own_field(&self, object: ObjectId, id: FieldId, name: &str, path: &str) -> Result<TypeId, String> {
        let own = self.graph.concrete_field(object, id).ok_or_else(|| format!("{path}: no such field"))?;
        let field = self.graph.field(own);
        if *field.name == *name {
            Ok(field.ty)
        } else {
            Err(format!("{path}: `{}` instead of `{name}`", field.name))
        }
    }

    fn collect<'a>(
        &'a self,
        object: &str,
        set: &'a SelectionSet,
        visited: &mut HashSet<&'a str>,
        fields: &mut IndexMap<&'a Name, Vec<&'a Field>>,
    ) {
        for selection in &set.selections {
            let decides = |directive: &str| {
                let directive = selection.directives().get(directive)?;
                match &**directive.specified_argument_by_name("if")? {
                    Value::Boolean(value) => Some(*value),
                    Value::Variable(name) => Some(self.variables.get(name)? == "true"),
                    _ => None,
                }
            };
            if decides("skip") == Some(true) || decides("include") == Some(false) {
                continue;
            }
            match selection {
                Selection::Field(field) => fields.entry(field.response_name()).or_default().push(field),
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments[&spread.fragment_name];
                    if visited.insert(spread.fragment_name.as_str())
                        && self.applies(object, fragment.type_condition())
                    {
                        self.collect(object, &fragment.selection_set, visited, fields);
                    }
                }
                Selection::InlineFragment(inline) => {
                    if inline.type_condition.as_ref().is_none_or(|condition| self.applies(object, condition))
                    {
                        self.collect(object, &inline.selection_set, visited, fields);
                    }
                }
            }
        }
    }

    fn applies(&self, object: &str, condition: &Name) -> bool {
        self.graph.api_schema().is_subtype(condition, object) || *condition == object
    }
}
