//! Which subgraph answers which field, and what that costs.
//!
//! [`Chooser::choose`] looks at one position whose objects some subgraphs hold and picks providers for
//! everything asked there: what is at hand costs a field, entering a further subgraph costs a request. A
//! provider of a composite field is judged by what the field's own position costs when that provider holds
//! it. Answers are remembered by position and holders, so the work is bounded by positions times sets of
//! holders, not by combinations.

mod composite;
mod provided;

use std::rc::Rc;

use ahash::AHashMap;
use smallvec::SmallVec;

pub(super) use self::provided::{ProvidedId, ProvidedSets};
use super::query_plan::OperationKind;
use super::tree::{ItemId, PositionId, Tree};
use crate::graph::obtain::Obtain;
use crate::graph::reach::{Closure, Reach};
use crate::graph::{FieldId, Graph, LabelId, ObjectId, SubgraphId, SubgraphSet, TypeSet};
use crate::operation::normal::FieldRef;

/// The cost of a request; a field costs 1.
const REQUEST: u32 = 1000;

/// After this many looks ahead, choices are made without.
const LOOKAHEAD: usize = 50_000;

/// How good a choice is: first that everything can be reached, then the cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Score {
    pub(super) unmet: u32,
    pub(super) cost: u32,
}

impl Score {
    fn plus(self, other: Self) -> Self {
        Self { unmet: self.unmet.saturating_add(other.unmet), cost: self.cost.saturating_add(other.cost) }
    }

    fn plus_cost(self, cost: u32) -> Self {
        Self { cost: self.cost.saturating_add(cost), ..self }
    }
}

/// The providers of everything asked at a position.
#[derive(Debug, Default)]
pub(super) struct Choice {
    pub(super) score: Score,
    /// In the order of the position's items.
    pub(super) picks: Vec<Pick>,
}

/// The providers of one item for some of its types.
#[derive(Clone, Debug)]
pub(super) struct Pick {
    /// Which of the position's items.
    pub(super) item: usize,
    pub(super) types: TypeSet,
    /// Empty when none can be reached from the position itself.
    pub(super) providers: SubgraphSet,
    /// All that could have been picked.
    pub(super) candidates: SubgraphSet,
}

/// Objects of a position, as far as a choice needs to know them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Scene {
    pub(super) position: PositionId,
    /// The types that fields asked of certain types only are planned for.
    pub(super) scope: TypeSet,
    /// The types the objects can have.
    pub(super) possible: TypeSet,
    /// The subgraphs that hold the objects.
    pub(super) entry: SubgraphSet,
    /// External fields that these subgraphs can answer nevertheless.
    pub(super) provided: ProvidedId,
}

/// Picks providers.
pub(super) struct Chooser<'g> {
    pub(super) graph: &'g Graph,
    pub(super) tree: Tree,
    pub(super) obtain: Obtain<'g>,
    pub(super) provided: ProvidedSets<'g>,
    kind: OperationKind,
    memo: AHashMap<Scene, Rc<Choice>>,
    lookahead: usize,
}

/// A part of an item's types with the same candidates.
struct Class {
    /// Index into the picks.
    pick: usize,
    field: FieldId,
    child: Option<PositionId>,
    types: TypeSet,
    /// Candidates that need no further request.
    local: SubgraphSet,
    all: SubgraphSet,
}

/// A scene, and where one can get from it.
struct Setting<'s> {
    scene: &'s Scene,
    /// By type of object.
    closures: SmallVec<[(ObjectId, Rc<Closure>); 1]>,
}

impl Setting<'_> {
    fn closure(&self, object: ObjectId) -> Option<&Closure> {
        self.closures.iter().find(|(known, _)| *known == object).map(|(_, closure)| &**closure)
    }
}

/// A choice in the making.
struct Draft {
    score: Score,
    picks: Vec<Pick>,
    /// The subgraphs entered from here.
    open: SubgraphSet,
}

impl<'g> Chooser<'g> {
    pub(super) fn new(graph: &'g Graph, tree: Tree, labels: &[LabelId], kind: OperationKind) -> Self {
        Self {
            graph,
            tree,
            obtain: Obtain::new(graph, Reach::new(graph, labels)),
            provided: ProvidedSets::default(),
            kind,
            memo: AHashMap::new(),
            lookahead: LOOKAHEAD,
        }
    }

    /// Picks providers for everything asked of a position.
    pub(super) fn choose(&mut self, scene: &Scene) -> Rc<Choice> {
        if let Some(known) = self.memo.get(scene) {
            return known.clone();
        }
        let choice = Rc::new(self.compute(scene));
        self.memo.insert(scene.clone(), choice.clone());
        choice
    }

    fn score(&mut self, scene: &Scene) -> Score {
        if let Some(known) = self.memo.get(scene) {
            return known.score;
        }
        if self.lookahead == 0 {
            return Score::default();
        }
        self.lookahead -= 1;
        self.choose(scene).score
    }

    fn setting<'s>(&mut self, scene: &'s Scene) -> Setting<'s> {
        let typed = scene.possible.len() == 1;
        let all = scene.scope.union(&scene.possible);
        let closures = all
            .iter()
            .map(|object| (object, self.obtain.reach.closure(object, scene.entry, typed)))
            .collect();
        Setting { scene, closures }
    }

    fn compute(&mut self, scene: &Scene) -> Choice {
        let setting = self.setting(scene);
        let mut draft = Draft { score: Score::default(), picks: Vec::new(), open: SubgraphSet::EMPTY };
        let mut classes = Vec::new();
        let mut needs_type = false;
        for index in 0..self.tree.positions[scene.position].items.len() {
            let item = self.tree.positions[scene.position].items[index];
            let types = self.planned_types(scene, item);
            if types.is_empty() {
                continue;
            }
            needs_type |= types != scene.possible || self.tree.items[item].field == FieldRef::Typename;
            if self.tree.field(item).is_some() {
                self.classify(&setting, index, types, &mut draft, &mut classes);
            }
        }
        if needs_type && !self.is_typed(scene) {
            draft.score = draft.score.plus_cost(REQUEST);
        }
        self.settle_forced(&setting, &classes, &mut draft);
        for class in classes.iter().filter(|class| class.child.is_some()) {
            self.settle_composite(&setting, class, &mut draft);
        }
        self.settle_leaves(&setting, &classes, &mut draft);
        Choice { score: draft.score, picks: draft.picks }
    }

    /// The types of object an item is planned for: what is asked of an interface itself, all of its objects
    /// have.
    fn planned_types(&self, scene: &Scene, item: ItemId) -> TypeSet {
        let types = &self.tree.items[item].types;
        let all = self.graph.possible(self.tree.positions[scene.position].ty);
        types.intersection(if all.is_subset(types) { &scene.possible } else { &scene.scope })
    }

    /// Whether the concrete types of the objects are known without a further request.
    fn is_typed(&self, scene: &Scene) -> bool {
        scene.possible.len() <= 1
            || scene.possible.iter().any(|object| {
                scene.entry.iter().any(|subgraph| self.obtain.reach.knows_type(object, subgraph))
            })
    }

    /// Splits an item's types into classes: one if a single subgraph can answer all of them, with what is below.
    fn classify(
        &mut self,
        setting: &Setting<'_>,
        index: usize,
        types: TypeSet,
        draft: &mut Draft,
        classes: &mut Vec<Class>,
    ) {
        let item = self.tree.positions[setting.scene.position].items[index];
        let Some(field) = self.tree.field(item) else { return };
        let mut groups: SmallVec<[(SubgraphSet, SubgraphSet, TypeSet); 2]> = SmallVec::new();
        let mut common: Option<(SubgraphSet, SubgraphSet)> = None;
        for object in types.iter() {
            let (local, all) = self.candidates(setting, object, field);
            common = Some(match common {
                Some((l, a)) => (l.intersection(local), a.intersection(all)),
                None => (local, all),
            });
            match groups.iter_mut().find(|(_, known, _)| *known == all) {
                Some((known, _, types)) => {
                    *known = known.intersection(local);
                    types.insert(object);
                }
                None => groups.push((local, all, TypeSet::one(object))),
            }
        }
        let child = self.tree.items[item].child;
        if let Some((local, all)) = common.filter(|(_, all)| !all.is_empty()) {
            let joined = (local, all, types);
            let is_one = child.is_none()
                || groups.len() == 1
                || !self.gains_by_parts(setting, (field, child), &joined, &groups);
            if is_one {
                groups.clear();
                groups.push(joined);
            }
        }
        for (local, all, types) in groups {
            let pick = draft.picks.len();
            draft.picks.push(Pick {
                item: index,
                types: types.clone(),
                providers: SubgraphSet::EMPTY,
                candidates: all,
            });
            if all.is_empty() {
                let lost = child.map_or(1, |child| self.tree.positions[child].leaves.max(1));
                draft.score.unmet = draft.score.unmet.saturating_add(lost);
            } else {
                classes.push(Class { pick, field, child, types, local, all });
            }
        }
    }

    /// Whether more can be had below a field when its objects come from other subgraphs for some of the types.
    fn gains_by_parts(
        &mut self,
        setting: &Setting<'_>,
        (field, child): (FieldId, Option<PositionId>),
        joined: &(SubgraphSet, SubgraphSet, TypeSet),
        parts: &[(SubgraphSet, SubgraphSet, TypeSet)],
    ) -> bool {
        let mut unmet = |(local, all, types): &(SubgraphSet, SubgraphSet, TypeSet)| {
            let types = types.clone();
            let class = Class { pick: 0, field, child, types, local: *local, all: *all };
            self.below(setting, &class, *all).unmet
        };
        let lost = unmet(joined);
        lost > 0 && parts.iter().all(|part| unmet(part) < lost)
    }

    /// The subgraphs that can answer an object's field: at hand, and all told.
    fn candidates(
        &mut self,
        setting: &Setting<'_>,
        object: ObjectId,
        field: FieldId,
    ) -> (SubgraphSet, SubgraphSet) {
        let scene = setting.scene;
        let resolvers = self.obtain.reach.resolvers(object, field);
        if scene.position == 0 && scene.entry.is_empty() {
            return (SubgraphSet::EMPTY, resolvers);
        }
        let local: SubgraphSet = scene
            .entry
            .iter()
            .filter(|subgraph| self.is_at_hand(object, field, *subgraph, scene.provided))
            .collect();
        let enterable = setting.closure(object).map(|closure| closure.enterable).unwrap_or_default();
        let others = enterable.intersection(resolvers);
        let all = local.union(others);
        // Of which types the objects may be depends on the subgraphs that could be asked, hence not on those that
        // lack what they require.
        if all.len() > 1 && self.graph.possible(self.graph.field(field).ty).len() > 1 {
            let usable = local.union(self.usable(setting, object, field, others));
            return (local, if usable.is_empty() { all } else { usable });
        }
        (local, all)
    }

    /// Those of the subgraphs for which what they require to answer a field can be had.
    fn usable(
        &mut self,
        setting: &Setting<'_>,
        object: ObjectId,
        field: FieldId,
        subgraphs: SubgraphSet,
    ) -> SubgraphSet {
        let Some(closure) = setting.closure(object) else { return subgraphs };
        let provided = self.provided.entries(setting.scene.provided);
        subgraphs
            .iter()
            .filter(|subgraph| self.obtain.can_resolve(object, field, *subgraph, (closure, provided)))
            .collect()
    }

    /// Whether a subgraph that holds an object can answer its field at once.
    pub(super) fn is_at_hand(
        &self,
        object: ObjectId,
        field: FieldId,
        subgraph: SubgraphId,
        provided: ProvidedId,
    ) -> bool {
        let Some((_, local)) = self.obtain.reach.declaration(object, field, subgraph) else { return false };
        if local.external {
            return self.provided.contains(self.graph, provided, subgraph, object, field);
        }
        local.requires.is_none() && local.context_arguments.is_empty()
    }

    /// What it costs to enter a subgraph for a class, its requirements included.
    fn entering(&self, setting: &Setting<'_>, class: &Class, subgraph: SubgraphId, open: SubgraphSet) -> u32 {
        if class.local.contains(subgraph) {
            return 0;
        }
        let mut cost = 0;
        for object in class.types.iter().take(1) {
            let declaration =
                self.obtain.reach.declaration(object, class.field, subgraph).map(|(_, local)| local);
            let requires = declaration.and_then(|local| local.requires);
            let contextual = declaration.is_some_and(|local| !local.context_arguments.is_empty());
            if open.contains(subgraph) && requires.is_none() && !contextual {
                return 0;
            }
            let hop = setting.closure(object).and_then(|closure| closure.hop(subgraph));
            cost += hop.map_or(1, |hop| u32::from(hop.round)) * REQUEST;
            if let Some(requires) = requires {
                let held = setting.scene.entry.union(open);
                let graph = self.graph;
                for selection in &graph.field_set(requires).selections {
                    let Some(field) = selection.field else { continue };
                    if !self.obtain.reach.resolvers(object, field).intersects(held) {
                        cost += REQUEST;
                    }
                }
            }
        }
        cost
    }

    /// Classes with a single candidate leave no choice.
    fn settle_forced(&self, setting: &Setting<'_>, classes: &[Class], draft: &mut Draft) {
        for class in classes.iter().filter(|class| class.all.len() == 1 && class.local.is_empty()) {
            if let Some(subgraph) = class.all.first() {
                let cost = self.entering(setting, class, subgraph, draft.open);
                draft.score = draft.score.plus_cost(cost);
                draft.open.insert(subgraph);
            }
        }
    }

    fn settle_leaves(&self, setting: &Setting<'_>, classes: &[Class], draft: &mut Draft) {
        let mut pending: Vec<&Class> = Vec::new();
        for class in classes.iter().filter(|class| class.child.is_none()) {
            draft.score = draft.score.plus_cost(1);
            let open = class.all.intersection(draft.open);
            let pick = class.local.first().or_else(|| open.first());
            match pick {
                Some(subgraph) => draft.picks[class.pick].providers = SubgraphSet::one(subgraph),
                None => pending.push(class),
            }
        }
        while !pending.is_empty() {
            let candidates = pending.iter().fold(SubgraphSet::EMPTY, |all, class| all.union(class.all));
            let best = candidates.iter().min_by_key(|subgraph| {
                let covered: Vec<_> = pending.iter().filter(|class| class.all.contains(*subgraph)).collect();
                let cost = covered
                    .iter()
                    .map(|class| self.entering(setting, class, *subgraph, draft.open))
                    .max()
                    .unwrap_or(REQUEST);
                (cost / covered.len().max(1) as u32, *subgraph)
            });
            let Some(best) = best else { break };
            draft.open.insert(best);
            let mut cost = 0;
            pending.retain(|class| {
                let covered = class.all.contains(best);
                if covered {
                    cost = cost.max(self.entering(setting, class, best, SubgraphSet::EMPTY));
                    draft.picks[class.pick].providers = SubgraphSet::one(best);
                }
                !covered
            });
            draft.score = draft.score.plus_cost(cost);
        }
    }
}
