//! A part of a supergraph, for callers to whom the rest does not exist.
//!
//! What is outside is hidden as `@inaccessible` elements are: clients do not see it, and the planner may use it. Elements
//! are chosen by `@tag` and by who may read them; then goes what makes no sense without them, and what nothing leads to.

mod choose;
mod prune;

use std::collections::BTreeSet;
use std::sync::Arc;

use apollo_compiler::collections::IndexSet;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema, ast};

use super::{Access, Graph, GraphError, read};

/// Marks what is outside. No document can define a directive of such a name.
pub(super) const OUTSIDE: &str = "__outside";

/// What clients of a part see, by `@tag`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contract {
    /// Unless empty, fields of objects and interfaces are seen only if they or their type have one of these tags.
    pub include: BTreeSet<Arc<str>>,
    /// What has one of these tags is not seen, whatever else it has.
    pub exclude: BTreeSet<Arc<str>>,
}

/// A field, an enum value or an input field: its type and its name.
type Member = (Name, Name);

/// What is outside.
#[derive(Default)]
struct Outside {
    types: IndexSet<Name>,
    members: IndexSet<Member>,
    arguments: IndexSet<(Name, Name, Name)>,
}

impl Outside {
    fn has_type(&self, ty: &Name) -> bool {
        self.types.contains(ty)
    }

    fn has_member(&self, ty: &Name, member: &Name) -> bool {
        self.members.contains(&(ty.clone(), member.clone()))
    }

    fn has_argument(&self, ty: &Name, field: &Name, argument: &Name) -> bool {
        self.arguments.contains(&(ty.clone(), field.clone(), argument.clone()))
    }

    fn len(&self) -> usize {
        self.types.len() + self.members.len() + self.arguments.len()
    }
}

impl Graph {
    /// The part of the supergraph that a contract shows, without the fields that are `denied` by a rule of access.
    ///
    /// # Errors
    /// When a tag is nowhere used, nothing is left to ask for, or what is left is no valid schema; every reason.
    pub fn contract(
        &self,
        contract: &Contract,
        denied: &dyn Fn(&Access) -> bool,
    ) -> Result<Self, Vec<GraphError>> {
        let mut schema = Schema::clone(&self.source);
        let elements = read::Elements::of(&schema)?;
        let mut outside = choose::choose(self, &elements, contract, denied)?;
        prune::prune(&elements, &mut outside)?;
        mark(&mut schema, &outside);
        read::read_schema(&schema)
    }
}

fn mark(schema: &mut Schema, outside: &Outside) {
    let directive = || Node::new(ast::Directive::new(Name::new_unchecked(OUTSIDE)));
    for (name, ty) in &mut schema.types {
        if ty.is_built_in() {
            continue;
        }
        let hide = outside.has_type(name);
        match ty {
            ExtendedType::Scalar(scalar) => {
                if hide {
                    scalar.make_mut().directives.push(directive());
                }
            }
            ExtendedType::Union(union_type) => {
                if hide {
                    union_type.make_mut().directives.push(directive());
                }
            }
            ExtendedType::Object(object) => {
                let object = object.make_mut();
                if hide {
                    object.directives.push(directive());
                }
                for (field, definition) in &mut object.fields {
                    mark_field(definition.make_mut(), (name, field), outside);
                }
            }
            ExtendedType::Interface(interface) => {
                let interface = interface.make_mut();
                if hide {
                    interface.directives.push(directive());
                }
                for (field, definition) in &mut interface.fields {
                    mark_field(definition.make_mut(), (name, field), outside);
                }
            }
            ExtendedType::Enum(enumeration) => {
                let enumeration = enumeration.make_mut();
                if hide {
                    enumeration.directives.push(directive());
                }
                for (value, definition) in &mut enumeration.values {
                    if outside.has_member(name, value) {
                        definition.make_mut().directives.push(directive());
                    }
                }
            }
            ExtendedType::InputObject(input) => {
                let input = input.make_mut();
                if hide {
                    input.directives.push(directive());
                }
                for (field, definition) in &mut input.fields {
                    if outside.has_member(name, field) {
                        definition.make_mut().directives.push(directive());
                    }
                }
            }
        }
    }
}

fn mark_field(definition: &mut ast::FieldDefinition, (ty, field): (&Name, &Name), outside: &Outside) {
    let directive = || Node::new(ast::Directive::new(Name::new_unchecked(OUTSIDE)));
    if outside.has_member(ty, field) {
        definition.directives.push(directive());
    }
    for argument in &mut definition.arguments {
        if outside.has_argument(ty, field, &argument.name) {
            argument.make_mut().directives.push(directive());
        }
    }
}
