//! Providers of fields that have sub-selections.

use super::{Chooser, Class, Draft, ProvidedId, REQUEST, Scene, Score, Setting};
use crate::graph::{FieldId, SubgraphId, SubgraphSet, TypeSet};
use crate::plan::query_plan::OperationKind;

impl Chooser<'_> {
    /// Picks the provider under which the field's position costs least. Further providers join in when only
    /// they can reach something below (value types that lie in several subgraphs), or when they are at hand
    /// anyway and save a request below.
    pub(super) fn settle_composite(&mut self, setting: &Setting<'_>, class: &Class, draft: &mut Draft) {
        let mut best: Option<(Score, SubgraphSet)> = None;
        // Of equally good ones, a holder comes first.
        for subgraph in class.local.iter().chain(class.all.difference(class.local).iter()) {
            let set = SubgraphSet::one(subgraph);
            let entering = self.entering(setting, class, subgraph, draft.open);
            let score = self.below(setting, class, set).plus_cost(entering);
            if best.is_none_or(|(known, _)| score < known) {
                best = Some((score, set));
            }
        }
        let Some((mut score, mut set)) = best else { return };
        let several = setting.scene.position != 0 || self.kind == OperationKind::Query;
        while several && score.unmet > 0 {
            let Some((better, subgraph)) = self.best_addition(setting, class, set, draft.open) else { break };
            if better.unmet >= score.unmet {
                break;
            }
            score = better;
            set.insert(subgraph);
        }
        for subgraph in set.iter() {
            let rest = set.difference(SubgraphSet::one(subgraph));
            // What the first pick was good for, others that had to join may do as well.
            if !rest.is_empty() {
                let without = self.joined(setting, class, rest, draft.open);
                if without < score {
                    (score, set) = (without, rest);
                }
            }
        }
        if several && score.cost >= REQUEST {
            let free = class.local.union(draft.open.intersection(class.all)).difference(set);
            for subgraph in free.iter() {
                let joined = set.with(subgraph);
                let better = self.joined(setting, class, joined, draft.open);
                if better < score {
                    score = better;
                    set = joined;
                }
            }
        }
        draft.picks[class.pick].providers = set;
        draft.open = draft.open.union(set.difference(class.local));
        draft.score = draft.score.plus(score).plus_cost(1);
    }

    fn best_addition(
        &mut self,
        setting: &Setting<'_>,
        class: &Class,
        set: SubgraphSet,
        open: SubgraphSet,
    ) -> Option<(Score, SubgraphId)> {
        let mut best: Option<(Score, SubgraphId)> = None;
        for subgraph in class.all.difference(set).iter() {
            let score = self.joined(setting, class, set.with(subgraph), open);
            if best.is_none_or(|(known, _)| score < known) {
                best = Some((score, subgraph));
            }
        }
        best
    }

    fn joined(&mut self, setting: &Setting<'_>, class: &Class, set: SubgraphSet, open: SubgraphSet) -> Score {
        let mut entering = 0;
        for subgraph in set.iter() {
            entering += self.entering(setting, class, subgraph, open);
        }
        self.below(setting, class, set).plus_cost(entering)
    }

    /// The cost of a class's sub-selections when some subgraphs answer the field.
    pub(super) fn below(&mut self, setting: &Setting<'_>, class: &Class, providers: SubgraphSet) -> Score {
        let Some(position) = class.child else { return Score::default() };
        let position = self.tree.positions[position].alike;
        let scope = self.value_types(&class.types, class.field, class.all, providers);
        let possible = self.possible_types(&class.types, class.field, providers);
        let mut provided = ProvidedId::default();
        for subgraph in providers.iter() {
            let local = class.local.contains(subgraph);
            let from = if local { setting.scene.provided } else { ProvidedId::default() };
            let below = self.provided_below(from, subgraph, &class.types, class.field);
            provided = self.provided.union(provided, below);
        }
        self.score(&Scene { position, scope, possible, entry: providers, provided })
    }

    /// What a subgraph provides on the value of a field, whichever of the types the object has: objects may
    /// have the field from an interface, and each type provides its own.
    pub(in crate::plan) fn provided_below(
        &mut self,
        parent: ProvidedId,
        subgraph: SubgraphId,
        types: &TypeSet,
        field: FieldId,
    ) -> ProvidedId {
        let mut common: Option<ProvidedId> = None;
        for object in types.iter() {
            let Some((_, local)) = self.obtain.reach.declaration(object, field, subgraph) else { continue };
            let declared = local.provides;
            let below = self.provided.below(self.graph, parent, declared, (subgraph, object, field));
            common = Some(common.map_or(below, |known| self.provided.common(known, below)));
        }
        common.unwrap_or_default()
    }

    /// The types that fields asked of certain types only are planned for, on the value of a field.
    ///
    /// Subgraphs may know different members of a union or implementations of an interface. Where several
    /// could resolve the field, only the types known to all of them are planned, so that the answer does not
    /// depend on which one is asked; where only one can, all of its types are.
    pub(in crate::plan) fn value_types(
        &self,
        types: &TypeSet,
        field: FieldId,
        candidates: SubgraphSet,
        providers: SubgraphSet,
    ) -> TypeSet {
        self.possible_types(types, field, if candidates.len() > 1 { candidates } else { providers })
    }

    /// The types a field's value has in all of the subgraphs.
    pub(in crate::plan) fn possible_types(
        &self,
        types: &TypeSet,
        field: FieldId,
        subgraphs: SubgraphSet,
    ) -> TypeSet {
        let mut possible = self.graph.possible(self.graph.field(field).ty).clone();
        if possible.len() > 1 {
            for subgraph in subgraphs.iter() {
                possible = possible.intersection(&self.local_value_types(types, field, subgraph));
            }
        }
        possible
    }

    /// The types a subgraph's value of a field can have.
    pub(in crate::plan) fn local_value_types(
        &self,
        types: &TypeSet,
        field: FieldId,
        subgraph: SubgraphId,
    ) -> TypeSet {
        let mut known = TypeSet::new();
        for object in types.iter() {
            if let Some((_, declaration)) = self.obtain.reach.any_declaration(object, field, subgraph)
                && let Some(local) = self.graph.ty(declaration.ty).local(subgraph)
            {
                known = known.union(&local.possible);
            }
        }
        known
    }
}
