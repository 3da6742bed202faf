//! What `@provides` makes available along a path.

use ahash::AHashMap;

use crate::graph::{FieldId, FieldSelection, FieldSetId, Graph, ObjectId, SubgraphId};

/// A set of provided fields at a position; the default is the empty one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::plan) struct ProvidedId(u32);

/// Parts of field sets, each valid for the subgraph that provides it.
type Entries<'g> = Vec<(SubgraphId, &'g [FieldSelection])>;

/// Interned sets of provided fields.
#[derive(Default)]
pub(in crate::plan) struct ProvidedSets<'g> {
    /// Set n is at n - 1.
    sets: Vec<Entries<'g>>,
    /// By subgraph, address and number of the selections.
    ids: AHashMap<Vec<(SubgraphId, usize, usize)>, ProvidedId>,
}

impl<'g> ProvidedSets<'g> {
    /// What of the set each subgraph provides.
    pub(in crate::plan) fn entries(&self, id: ProvidedId) -> &[(SubgraphId, &'g [FieldSelection])] {
        (id.0 as usize).checked_sub(1).map_or(&[], |index| self.sets[index].as_slice())
    }

    /// Whether a subgraph provides an object's field.
    pub(in crate::plan) fn contains(
        &self,
        graph: &Graph,
        id: ProvidedId,
        subgraph: SubgraphId,
        object: ObjectId,
        field: FieldId,
    ) -> bool {
        self.entries(id)
            .iter()
            .filter(|(provider, _)| *provider == subgraph)
            .any(|(_, selections)| matching(graph, selections, object, field).next().is_some())
    }

    /// What is provided on the value of a field: what the field declares, and what was already provided
    /// further up.
    pub(super) fn below(
        &mut self,
        graph: &'g Graph,
        parent: ProvidedId,
        declared: Option<FieldSetId>,
        (subgraph, object, field): (SubgraphId, ObjectId, FieldId),
    ) -> ProvidedId {
        if declared.is_none() && parent == ProvidedId::default() {
            return parent;
        }
        let mut entries = Entries::new();
        if let Some(declared) = declared {
            entries.push((subgraph, &graph.field_set(declared).selections));
        }
        for (provider, selections) in self.entries(parent) {
            if *provider == subgraph {
                entries.extend(
                    matching(graph, selections, object, field)
                        .filter(|selection| !selection.selections.is_empty())
                        .map(|selection| (subgraph, selection.selections.as_slice())),
                );
            }
        }
        if entries.is_empty() { ProvidedId::default() } else { self.intern(entries) }
    }

    /// Both sets.
    pub(in crate::plan) fn union(&mut self, a: ProvidedId, b: ProvidedId) -> ProvidedId {
        if a == b || b == ProvidedId::default() {
            return a;
        }
        if a == ProvidedId::default() {
            return b;
        }
        let entries = self.entries(a).iter().chain(self.entries(b)).copied().collect();
        self.intern(entries)
    }

    /// What both sets provide.
    pub(in crate::plan) fn common(&mut self, a: ProvidedId, b: ProvidedId) -> ProvidedId {
        if a == b {
            return a;
        }
        let provides = |id: ProvidedId, subgraph: SubgraphId, selection: &FieldSelection| {
            let mut entries = self.entries(id).iter().filter(|(provider, _)| *provider == subgraph);
            entries.any(|(_, selections)| selections.contains(selection))
        };
        let mut entries = Entries::new();
        for (subgraph, selections) in self.entries(a) {
            for selection in *selections {
                if provides(b, *subgraph, selection) {
                    entries.push((*subgraph, std::slice::from_ref(selection)));
                }
            }
        }
        if entries.is_empty() { ProvidedId::default() } else { self.intern(entries) }
    }

    fn intern(&mut self, mut entries: Entries<'g>) -> ProvidedId {
        // A part of a field set may begin where the whole does.
        let address =
            |entry: &(SubgraphId, &[FieldSelection])| (entry.0, entry.1.as_ptr() as usize, entry.1.len());
        entries.sort_by_key(address);
        entries.dedup_by_key(|entry| address(entry));
        let key: Vec<_> = entries.iter().map(address).collect();
        if let Some(known) = self.ids.get(&key) {
            return *known;
        }
        self.sets.push(entries);
        let id = ProvidedId(self.sets.len() as u32);
        self.ids.insert(key, id);
        id
    }
}

fn matching<'g>(
    graph: &Graph,
    selections: &'g [FieldSelection],
    object: ObjectId,
    field: FieldId,
) -> impl Iterator<Item = &'g FieldSelection> {
    let name = &graph.field(field).name;
    selections.iter().filter(move |selection| {
        selection.types.contains(object)
            && selection.field.is_some_and(|selected| graph.field(selected).name == *name)
    })
}
