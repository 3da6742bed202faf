//! Document, operation and decided conditions to normal form.
//!
//! Position by position, from the root: [`collect`] the fields written there with the object types each
//! applies to, partition the types by which fields apply ([`partition`]), normalise what is below, and
//! [`join`] what turned out to be the same.

mod collect;
mod deferred;
mod join;
mod partition;
mod variables;

use std::sync::Arc;

use apollo_compiler::ast;
use apollo_compiler::collections::HashSet;
use apollo_compiler::executable::{Field, SelectionSet as Written};
use apollo_compiler::{ExecutableDocument, Name, Node};

use self::collect::{Occurrence, Source, collect};
use self::deferred::Register;
use self::join::{Piece, join};
use self::partition::{Class, partition};
pub(super) use self::variables::used_variables;
use super::conditions::Conditions;
use super::error::{ErrorCode, OperationError};
use super::groups::Groups;
use super::limits::Limits;
use super::mask::Mask;
use super::normal::{Argument, FieldRef, NormalOperation, Selection, SelectionSet};
use super::parse::{Document, Operation};
use crate::graph::OperationKind;
use crate::graph::{FieldId, Graph, TypeId, TypeKind};

/// Brings an operation into normal form. `mask` decides `@skip` and `@include`; nothing is deferred.
///
/// # Errors
/// [`ErrorCode::TypeConditions`] when splitting by object type makes the operation too large, and
/// [`ErrorCode::ValidationFailed`] for the few rules that validation leaves to this stage.
pub fn normalize(
    graph: &Graph,
    document: &Document,
    operation: &Operation,
    mask: &Mask,
    limits: &Limits,
) -> Result<NormalOperation, OperationError> {
    in_normal_form(graph, (document, operation), mask, limits, Register::new(false))
}

/// Brings an operation into normal form, as [`normalize`], with the fragments that `@defer` marks and `mask` does not
/// exempt as parts of their own.
///
/// # Errors
/// As [`normalize`].
pub fn normalize_deferred(
    graph: &Graph,
    document: &Document,
    operation: &Operation,
    mask: &Mask,
    limits: &Limits,
) -> Result<NormalOperation, OperationError> {
    in_normal_form(graph, (document, operation), mask, limits, Register::new(operation.defers()))
}

fn in_normal_form(
    graph: &Graph,
    (document, operation): (&Document, &Operation),
    mask: &Mask,
    limits: &Limits,
    register: Register,
) -> Result<NormalOperation, OperationError> {
    let executable = document.executable();
    let definition = &operation.definition;
    let conditions = operation.conditions();
    let mut normalizer = Normalizer {
        graph,
        document: executable,
        conditions,
        mask,
        introspection: Vec::new(),
        register,
        work: 0,
        limit: limits.normal_selections,
    };
    let root = graph.root(operation.kind()).ok_or_else(|| {
        OperationError::new(ErrorCode::Internal, "the graph lacks a root type of its schema")
    })?;
    let mut root = normalizer.position(root, &[(&definition.selection_set, None)])?;
    if operation.kind() == OperationKind::Subscription && root.selections.len() != 1 {
        let message = "a subscription must select exactly one root field";
        let error = OperationError::new(ErrorCode::ValidationFailed, message);
        return Err(error.at(definition.location(), &executable.sources));
    }
    let directives: Vec<_> =
        definition.directives.iter().filter(|found| is_passed_on(found)).cloned().collect();
    let deferred = normalizer.register.finish(&mut root);
    Ok(NormalOperation {
        kind: operation.kind(),
        name: operation.name().map(Arc::from),
        variables: variables::used(definition, &directives, &root),
        directives,
        introspection: normalizer.introspection,
        root,
        deferred,
    })
}

struct Normalizer<'a> {
    graph: &'a Graph,
    document: &'a ExecutableDocument,
    conditions: &'a Conditions,
    mask: &'a Mask,
    /// `__schema` and `__type` fields so far.
    introspection: Vec<Vec<Node<Field>>>,
    register: Register,
    /// Selections looked at or written so far.
    work: usize,
    limit: usize,
}

impl<'a> Normalizer<'a> {
    /// The normal form of one position.
    fn position(
        &mut self,
        parent: TypeId,
        written: &[(&'a Written, Option<usize>)],
    ) -> Result<SelectionSet, OperationError> {
        let source = Source {
            graph: self.graph,
            document: self.document,
            conditions: self.conditions,
            mask: self.mask,
            budget: self.limit.saturating_sub(self.work),
        };
        let first = self.register.len();
        let collected = collect(&source, parent, written, &mut self.register)?;
        let occurrences = collected.ok_or_else(|| self.too_large())?;
        let starts: Groups = (first..self.register.len()).collect();
        self.spend(occurrences.len())?;
        let mut pieces = Vec::new();
        for classes in partition(&occurrences) {
            let mut of_key: Vec<Piece> = Vec::new();
            for class in classes {
                let piece = self.piece(parent, &occurrences, class)?;
                // Classes of one key that ask the same are one selection, order permitting.
                let content =
                    of_key.iter().find(|other| other.asks_the_same(&piece)).map(|other| other.content);
                let content = content.unwrap_or(pieces.len() + of_key.len());
                of_key.push(Piece { content, ..piece });
            }
            pieces.extend(of_key);
        }
        Ok(SelectionSet { parent, selections: join(pieces), starts })
    }

    /// The selection of one key for one class of types.
    fn piece(
        &mut self,
        parent: TypeId,
        occurrences: &[Occurrence<'a>],
        class: Class,
    ) -> Result<Piece, OperationError> {
        self.spend(1)?;
        let members: Vec<&Occurrence<'a>> = class.members.iter().map(|&index| &occurrences[index]).collect();
        let Some((first, rest)) = members.split_first() else {
            return Err(self.inconsistent("an empty class"));
        };
        for other in rest {
            self.check_same(first.field, other.field)?;
        }
        let field = self.field_ref(parent, &members)?;
        let mut selection_set = None;
        if let FieldRef::Field(id) = field {
            // A fragment spread again for other types brings the same selections.
            let mut known: HashSet<(*const Written, Option<usize>)> = HashSet::default();
            let below = |member: &&Occurrence<'a>| Some((member.field.selection_set.as_ref()?, member.group));
            let mut below: Vec<(&'a Written, Option<usize>)> = members.iter().filter_map(below).collect();
            below.retain(|(written, group)| known.insert((std::ptr::from_ref(*written), *group)));
            if !below.is_empty() {
                selection_set = Some(self.position(self.graph.field(id).ty, &below)?);
            }
        }
        let selection = Selection {
            key: Arc::from(first.field.response_name().as_str()),
            field,
            types: class.types,
            arguments: arguments(first.field),
            directives: directives(&members),
            groups: self.register.joined(members.iter().map(|member| member.group)),
            selection_set,
        };
        Ok(Piece { order: class.members[0], content: 0, selection })
    }

    fn field_ref(&mut self, parent: TypeId, members: &[&Occurrence<'_>]) -> Result<FieldRef, OperationError> {
        let name = &members[0].field.name;
        match name.as_str() {
            "__typename" => return Ok(FieldRef::Typename),
            "__schema" | "__type" if self.graph.root(OperationKind::Query) == Some(parent) => {
                let number = self.introspection.len() as u32;
                self.introspection.push(members.iter().map(|member| member.field.clone()).collect());
                return Ok(FieldRef::Introspection(number));
            }
            "__schema" | "__type" => {
                let message = format!("`{name}` can only be selected on the root type of queries");
                return Err(self.invalid(message, members[0].field));
            }
            _ => {}
        }
        let is_object = |id: TypeId| matches!(self.graph.ty(id).kind, TypeKind::Object(_));
        let owner = if is_object(parent) {
            parent
        } else {
            let mut written_on = members.iter().map(|member| member.written_on);
            written_on.find(|id| !is_object(*id)).unwrap_or(members[0].written_on)
        };
        self.field_id(owner, name).map(FieldRef::Field)
    }

    fn field_id(&self, owner: TypeId, name: &Name) -> Result<FieldId, OperationError> {
        self.graph.field_id(owner, name).ok_or_else(|| self.inconsistent("a field"))
    }

    /// FieldsInSetCanMerge (GraphQL specification 5.3.2), which the compiler does not hold for lists of
    /// different lengths.
    fn check_same(&self, a: &Node<Field>, b: &Node<Field>) -> Result<(), OperationError> {
        let same = std::ptr::eq(&**a, &**b)
            || (a.name == b.name
                && a.arguments.len() == b.arguments.len()
                && a.arguments.iter().all(|argument| {
                    b.specified_argument_by_name(&argument.name)
                        .is_some_and(|other| same_value(&argument.value, other))
                }));
        if same {
            return Ok(());
        }
        let message = format!(
            "`{}` is selected twice with different fields or arguments; give one of them an alias",
            b.response_name()
        );
        Err(self.invalid(message, b))
    }

    fn spend(&mut self, selections: usize) -> Result<(), OperationError> {
        self.work = self.work.saturating_add(selections);
        if self.work > self.limit { Err(self.too_large()) } else { Ok(()) }
    }

    fn too_large(&self) -> OperationError {
        let message = format!(
            "the operation takes more than {0} selections when it is split by object type, the limit is {0}; \
             use fewer type conditions",
            self.limit
        );
        OperationError::new(ErrorCode::TypeConditions, message)
    }

    fn invalid(&self, message: String, field: &Node<Field>) -> OperationError {
        OperationError::new(ErrorCode::ValidationFailed, message).at(field.location(), &self.document.sources)
    }

    fn inconsistent(&self, what: &str) -> OperationError {
        OperationError::new(ErrorCode::Internal, format!("the graph and its schema disagree on {what}"))
    }
}

/// Arguments sorted by name.
fn arguments(field: &Field) -> Vec<Argument> {
    let mut arguments: Vec<Argument> = field
        .arguments
        .iter()
        .map(|argument| Argument { name: Arc::from(argument.name.as_str()), value: argument.value.clone() })
        .collect();
    arguments.sort_by(|a, b| a.name.cmp(&b.name));
    arguments
}

/// The directives of all merged fields, each once.
fn directives(members: &[&Occurrence<'_>]) -> Vec<Node<ast::Directive>> {
    let mut merged: Vec<Node<ast::Directive>> = Vec::new();
    for directive in members.iter().flat_map(|member| member.field.directives.iter()) {
        if is_passed_on(directive) && !merged.contains(directive) {
            merged.push(directive.clone());
        }
    }
    merged
}

/// Whether a directive is for subgraphs; the others are decided here.
fn is_passed_on(directive: &ast::Directive) -> bool {
    !matches!(directive.name.as_str(), "skip" | "include" | "defer")
}

/// Whether two literals mean the same value. The order of an object's fields has no meaning.
fn same_value(a: &ast::Value, b: &ast::Value) -> bool {
    match (a, b) {
        (ast::Value::List(a), ast::Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_value(a, b))
        }
        (ast::Value::Object(a), ast::Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, value)| {
                    b.iter().any(|(other, candidate)| name == other && same_value(value, candidate))
                })
        }
        (a, b) => a == b,
    }
}
