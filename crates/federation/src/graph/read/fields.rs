//! Reading fields: who resolves them and what that takes.

use std::sync::Arc;

use apollo_compiler::ast::{Directive, FieldDefinition};
use apollo_compiler::schema::ExtendedType;

use super::links::{flag, text};
use super::{Reader, metadata, type_reference};
use crate::graph::tables::{ArgumentDefinition, Field, FieldInSubgraph};
use crate::graph::{FieldId, LabelId, SubgraphId, SubgraphSet, TypeId, Wrapping};

/// A declaration as `@join__field` writes it, before labels are paired.
struct Declaration {
    row: FieldInSubgraph,
    overrides: Option<String>,
    label: Option<LabelId>,
}

impl Reader<'_> {
    /// Fills the field table, type by type.
    pub(super) fn read_fields(&mut self) {
        let schema = self.schema;
        for index in 0..self.types.len() {
            let id = TypeId::from(index);
            let fields = match schema.types.get(&*self.types[index].name) {
                Some(ExtendedType::Object(object)) => &object.fields,
                Some(ExtendedType::Interface(interface)) => &interface.fields,
                _ => continue,
            };
            let owner = schema
                .types
                .get(&*self.types[index].name)
                .and_then(|ty| ty.directives().get(&self.names.owner).cloned())
                .and_then(|directive| self.required_graph_of(&directive, ""));
            for definition in fields.values() {
                self.read_field(id, definition, owner);
            }
        }
    }

    fn read_field(&mut self, parent: TypeId, definition: &FieldDefinition, owner: Option<SubgraphId>) {
        let coordinate: Arc<str> = format!("{}.{}", self.types[parent.index()].name, definition.name).into();
        let Some((ty, wrapping)) = self.type_reference(&definition.ty, &coordinate) else { return };
        let local = self.declarations(parent, definition, (ty, wrapping), owner, &coordinate);
        let here = local.iter().filter(|row| !row.external).map(|row| row.subgraph).collect();
        let id = FieldId::from(self.fields.len());
        let name: Arc<str> = definition.name.as_str().into();
        self.types[parent.index()].fields.insert(name.clone(), id);
        let arguments = definition
            .arguments
            .iter()
            .map(|argument| ArgumentDefinition {
                name: argument.name.as_str().into(),
                ty: argument.ty.to_string().into(),
                metadata: metadata::read(&argument.directives, &self.names),
            })
            .collect();
        let access = self.access(&definition.directives);
        self.fields.push(Field {
            name,
            parent,
            ty,
            wrapping,
            here,
            declared: local.iter().map(|row| row.subgraph).collect(),
            through_interface_object: Vec::new(),
            labelled: local.iter().any(|row| row.label.is_some()),
            local,
            arguments,
            visible: self.is_visible(&definition.directives),
            coordinate,
            metadata: metadata::read(&definition.directives, &self.names),
            access,
        });
    }

    fn declarations(
        &mut self,
        parent: TypeId,
        definition: &FieldDefinition,
        ty: (TypeId, Wrapping),
        owner: Option<SubgraphId>,
        coordinate: &str,
    ) -> Vec<FieldInSubgraph> {
        let applied: Vec<_> = definition.directives.get_all(&self.names.field).cloned().collect();
        if applied.is_empty() {
            let graphs = match owner {
                Some(owner) => SubgraphSet::one(owner),
                None => self.types[parent.index()].subgraphs,
            };
            return graphs.iter().map(|subgraph| plain(subgraph, ty)).collect();
        }
        let mut declarations: Vec<Declaration> = Vec::new();
        for directive in &applied {
            if let Some(declaration) = self.declaration(parent, directive, owner, ty, coordinate) {
                declarations.push(declaration);
            }
        }
        self.pair_labels(&mut declarations);
        let mut rows: Vec<FieldInSubgraph> =
            declarations.into_iter().map(|declaration| declaration.row).collect();
        rows.sort_by_key(|row| row.subgraph);
        rows.dedup_by_key(|row| row.subgraph);
        rows
    }

    fn declaration(
        &mut self,
        parent: TypeId,
        directive: &Directive,
        owner: Option<SubgraphId>,
        merged: (TypeId, Wrapping),
        coordinate: &str,
    ) -> Option<Declaration> {
        let subgraph = self.graph_of(directive, coordinate).or(owner)?;
        let (ty, wrapping) = match text(directive, "type") {
            Some(text) => self.local_type(&text, coordinate)?,
            None => merged,
        };
        let requires = text(directive, "requires").map(|text| self.field_set(parent, &text, coordinate));
        let provides = text(directive, "provides").map(|text| self.field_set(merged.0, &text, coordinate));
        let label = text(directive, "overrideLabel").map(|label| self.label(&label));
        let overridden = flag(directive, "usedOverridden").unwrap_or(false);
        let external = flag(directive, "external").unwrap_or(false) || overridden;
        let context_arguments = self.context_arguments(directive, coordinate);
        let row = FieldInSubgraph {
            subgraph,
            ty,
            wrapping,
            external,
            overridden,
            requires,
            provides,
            label: None,
            context_arguments,
        };
        Some(Declaration { row, overrides: text(directive, "override"), label })
    }

    fn local_type(&mut self, text: &str, coordinate: &str) -> Option<(TypeId, Wrapping)> {
        let Some(ty) = type_reference::parse(text) else {
            self.malformed(coordinate, format!("`{text}` is not a type"));
            return None;
        };
        self.type_reference(&ty, coordinate)
    }

    /// The overriding subgraph resolves while the label is set, the overridden one while it is not.
    fn pair_labels(&self, declarations: &mut [Declaration]) {
        let overrides: Vec<(SubgraphId, String, LabelId)> = declarations
            .iter()
            .filter_map(|declaration| {
                Some((declaration.row.subgraph, declaration.overrides.clone()?, declaration.label?))
            })
            .collect();
        for (winner, from, label) in overrides {
            for declaration in declarations.iter_mut() {
                let subgraph = declaration.row.subgraph;
                if subgraph == winner {
                    declaration.row.label = Some((label, true));
                } else if *self.subgraphs[subgraph.index()].name == from
                    || (declaration.label == Some(label) && declaration.overrides.is_none())
                {
                    declaration.row.label = Some((label, false));
                }
            }
        }
    }

    /// Finds, for each object's field, the interface objects that resolve it.
    pub(super) fn relate_fields(&mut self) {
        for index in 0..self.fields.len() {
            let parent = &self.types[self.fields[index].parent.index()];
            let mut found: Vec<(SubgraphId, FieldId)> = Vec::new();
            for interface in &parent.interfaces {
                let interface = &self.types[interface.index()];
                let Some(field) = interface.fields.get(&self.fields[index].name) else { continue };
                let here = self.fields[field.index()].here.intersection(interface.interface_object);
                for subgraph in here.iter() {
                    if found.iter().all(|(known, _)| *known != subgraph) {
                        found.push((subgraph, *field));
                    }
                }
            }
            found.sort_unstable();
            self.fields[index].through_interface_object = found;
        }
    }
}

pub(super) fn plain(subgraph: SubgraphId, (ty, wrapping): (TypeId, Wrapping)) -> FieldInSubgraph {
    FieldInSubgraph {
        subgraph,
        ty,
        wrapping,
        external: false,
        overridden: false,
        requires: None,
        provides: None,
        label: None,
        context_arguments: Vec::new(),
    }
}
