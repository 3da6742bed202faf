//! What Federation 1 left unsaid: which key fields an extension answers, and which fields it only names.

use super::Reader;
use super::fields::plain;
use crate::graph::tables::FieldSelection;
use crate::graph::{FieldId, FieldSetId, SubgraphId};

/// A field that a subgraph declares because a field set names it.
struct Named {
    field: FieldId,
    subgraph: SubgraphId,
    /// Whether the subgraph also answers it.
    answered: bool,
}

impl Reader<'_> {
    /// Completes what is said of types with an owner and of extensions, once field sets are parsed.
    ///
    /// A subgraph that extends a type declares the fields of its key and answers them, though they are another's.
    /// With join v0.1 a type has an owner, and such declarations are not written down; neither are those of the
    /// fields that `requires` and `provides` name.
    pub(super) fn complete_federation_1(&mut self) {
        let mut named = Vec::new();
        for row in &self.types {
            let owned = self.has_owner(&row.name);
            for local in row.local.iter().filter(|local| owned || local.extension) {
                let fields = local.keys.iter().flat_map(|key| self.fields_of(key.fields));
                named.extend(fields.map(|field| Named { field, subgraph: local.subgraph, answered: true }));
            }
        }
        for local in self.fields.iter().flat_map(|row| &row.local) {
            let fields =
                [local.requires, local.provides].into_iter().flatten().flat_map(|set| self.fields_of(set));
            named.extend(fields.map(|field| Named { field, subgraph: local.subgraph, answered: false }));
        }
        for named in named {
            self.declare(&named);
        }
    }

    fn has_owner(&self, name: &str) -> bool {
        self.schema.types.get(name).is_some_and(|ty| ty.directives().has(&self.names.owner))
    }

    /// All fields of a field set, nested ones included.
    fn fields_of(&self, set: FieldSetId) -> impl Iterator<Item = FieldId> {
        let mut work: Vec<&FieldSelection> = self.field_sets[set.index()].selections.iter().collect();
        std::iter::from_fn(move || {
            let selection = work.pop()?;
            work.extend(&selection.selections);
            Some(selection.field)
        })
        .flatten()
    }

    fn declare(&mut self, named: &Named) {
        let is_unsaid = self.has_owner(&self.types[self.fields[named.field.index()].parent.index()].name);
        let field = &mut self.fields[named.field.index()];
        match field.local.binary_search_by_key(&named.subgraph, |row| row.subgraph) {
            Ok(position) if named.answered => field.local[position].external = false,
            Err(position) if is_unsaid => {
                let mut row = plain(named.subgraph, (field.ty, field.wrapping));
                row.external = !named.answered;
                field.local.insert(position, row);
                field.declared.insert(named.subgraph);
            }
            Ok(_) | Err(_) => return,
        }
        if named.answered {
            field.here.insert(named.subgraph);
        }
    }
}
