//! Filling shapes with what the client asks.

use std::rc::Rc;

use super::{Aim, Committed, FetchKind, Output, ROOT, ShapeIndex, Slot, SlotIndex, VisitIndex};
use crate::graph::{FieldId, SubgraphId, SubgraphSet, TypeSet};
use crate::operation::normal::FieldRef;
use crate::plan::PlanError;
use crate::plan::choose::{Choice, Pick, Scene};
use crate::plan::tree::{ItemId, PositionId};

/// Which slot answers an item for which types.
type Answers = Vec<(ItemId, SlotIndex, TypeSet)>;

impl Committed<'_> {
    /// Places everything asked of a position.
    pub(super) fn fill(&mut self, shape: ShapeIndex, position: PositionId) -> Result<(), PlanError> {
        let mut choice = self.choose(shape, position);
        while self.hold_whole(shape, position, &choice.picks) {
            choice = self.choose(shape, position);
        }
        self.shapes[shape].starts = self.chooser.tree.positions[position].starts;
        let picks = self.postpone(shape, position, &choice.picks);
        self.fill_picks(shape, position, &picks)
    }

    fn choose(&mut self, shape: ShapeIndex, position: PositionId) -> Rc<Choice> {
        let entry = self.holders(shape);
        let provided = self.provided(shape);
        let scope = self.shapes[shape].planned.clone();
        let alike = self.chooser.tree.positions[position].alike;
        let possible = self.shapes[shape].possible.clone();
        self.chooser.choose(&Scene { position: alike, scope, possible, entry, provided })
    }

    /// Places some of what is asked of a position: what is delivered with the groups at hand.
    pub(super) fn fill_picks(
        &mut self,
        shape: ShapeIndex,
        position: PositionId,
        picks: &[Pick],
    ) -> Result<(), PlanError> {
        let mut answers = Answers::new();
        for pick in picks {
            let item = self.chooser.tree.positions[position].items[pick.item];
            let slot = self.place_pick(shape, item, pick)?;
            answers.push((item, slot, pick.types.clone()));
        }
        self.check_whole(shape, position, &answers)?;
        self.add_outputs(shape, position, &answers)
    }

    /// A field asked of an interface itself is one question: where several subgraphs hold the objects, one of
    /// them has to lead to it for all types. Answers by different holders for different types are not pieced
    /// together, for nothing says that these subgraphs mean the same objects.
    fn check_whole(
        &mut self,
        shape: ShapeIndex,
        position: PositionId,
        answers: &Answers,
    ) -> Result<(), PlanError> {
        let parts = answers.iter().map(|(item, _, types)| (*item, types));
        match self.pieced_together(shape, position, parts) {
            Some((field, _)) => Err(self.unreachable(field)),
            None => Ok(()),
        }
    }

    /// Gets the objects of a shape from one more subgraph that leads to a field for all types, where the holders
    /// would have to piece it together. Those may have been picked because they are cheap.
    fn hold_whole(&mut self, shape: ShapeIndex, position: PositionId, picks: &[Pick]) -> bool {
        if self.holders(shape).len() < 2 {
            return false;
        }
        let items = self.chooser.tree.positions[position].items.clone();
        let parts = picks.iter().map(|pick| (items[pick.item], &pick.types));
        let Some((field, types)) = self.pieced_together(shape, position, parts) else { return false };
        let further = self.further_holders(shape);
        further.iter().any(|subgraph| {
            self.leads_to(shape, subgraph, &types, field) && self.hold(shape, subgraph).is_some()
        })
    }

    /// The first field of an interface itself that no holder leads to for all types, with these.
    fn pieced_together<'t>(
        &mut self,
        shape: ShapeIndex,
        position: PositionId,
        parts: impl Iterator<Item = (ItemId, &'t TypeSet)> + Clone,
    ) -> Option<(FieldId, TypeSet)> {
        let holders = self.holders(shape);
        if holders.len() < 2 {
            return None;
        }
        for index in 0..self.chooser.tree.positions[position].items.len() {
            let item = self.chooser.tree.positions[position].items[index];
            let Some(field) = self.chooser.tree.field(item) else { continue };
            let parts = parts.clone().filter(|(answered, _)| *answered == item);
            if parts.clone().count() > 1 && self.chooser.graph.field(field).parent == self.shapes[shape].ty {
                let types = parts.fold(TypeSet::new(), |all, (_, types)| all.union(types));
                if !holders.iter().any(|holder| self.leads_to(shape, holder, &types, field)) {
                    return Some((field, types));
                }
            }
        }
        None
    }

    /// Whether a field can be had for all types when one subgraph alone holds the objects.
    fn leads_to(&mut self, shape: ShapeIndex, holder: SubgraphId, types: &TypeSet, field: FieldId) -> bool {
        let provided = self.provided(shape);
        let single = self.is_single(shape);
        types.iter().all(|object| {
            self.chooser.is_at_hand(object, field, holder, provided) || {
                let closure = self.chooser.obtain.reach.closure(object, SubgraphSet::one(holder), single);
                closure.enterable.intersects(self.chooser.obtain.reach.resolvers(object, field))
            }
        })
    }

    /// Root fields one after another: neighbours of one subgraph share a request, and a request waits for
    /// all that came before it, including what hangs below earlier fields.
    pub(super) fn fill_serially(&mut self, position: PositionId) -> Result<(), PlanError> {
        let scope = self.shapes[ROOT].planned.clone();
        let possible = self.shapes[ROOT].possible.clone();
        let entry = SubgraphSet::EMPTY;
        let scene = Scene { position, scope, possible, entry, provided: super::ProvidedId::default() };
        let choice = self.chooser.choose(&scene);
        let mut answers = Answers::new();
        let mut current: Option<(SubgraphId, VisitIndex)> = None;
        for pick in &choice.picks {
            let item = self.chooser.tree.positions[position].items[pick.item];
            let field = self.chooser.tree.field(item).ok_or(PlanError::TooLarge)?;
            let Some(subgraph) = pick.providers.first() else { return Err(self.unreachable(field)) };
            let visit = match current {
                Some((same, visit)) if same == subgraph => visit,
                _ => {
                    self.drain()?;
                    let visit = self.start_serial(subgraph);
                    current = Some((subgraph, visit));
                    visit
                }
            };
            let slot = self.new_item_slot(ROOT, item, pick, field);
            self.read(visit, slot, &pick.types);
            if let (Some(child), Some(position)) =
                (self.shapes[ROOT].slots[slot].child, self.chooser.tree.items[item].child)
            {
                self.work.push_back((child, position));
            }
            answers.push((item, slot, pick.types.clone()));
        }
        self.drain()?;
        self.add_outputs(ROOT, position, &answers)
    }

    fn start_serial(&mut self, subgraph: SubgraphId) -> VisitIndex {
        let dependencies: Vec<_> = (0..self.fetches.len()).collect();
        self.new_fetch(ROOT, subgraph, FetchKind::Root(self.kind), dependencies)
    }

    pub(super) fn unreachable(&self, field: FieldId) -> PlanError {
        PlanError::Unreachable(self.chooser.graph.field(field).coordinate.clone())
    }

    fn place_pick(&mut self, shape: ShapeIndex, item: ItemId, pick: &Pick) -> Result<SlotIndex, PlanError> {
        let field = self.chooser.tree.field(item).ok_or(PlanError::TooLarge)?;
        self.allow_failures(pick.types.len());
        let (slot, work) = match self.chooser.tree.items[item].child {
            None => (self.leaf_slot(shape, item, pick, field), None),
            Some(position) => (self.composite_slot(shape, item, pick, field), Some(position)),
        };
        let mut placed = TypeSet::new();
        for (_, types) in &self.shapes[shape].slots[slot].writers {
            placed = placed.union(types);
        }
        let missing = pick.types.difference(&placed);
        let composite = work.is_some();
        for subgraph in pick.providers.iter() {
            if (composite || !missing.is_empty())
                && let Some(visit) = self.visit_for(shape, subgraph, &pick.types, field, Aim::Serve)
            {
                self.read(visit, slot, &pick.types);
                placed = placed.union(&pick.types);
            }
        }
        let missing = pick.types.difference(&placed);
        if !missing.is_empty() {
            if !self.place(shape, slot, &missing, Aim::Serve, u16::MAX) {
                return Err(self.unreachable(field));
            }
            self.settle_types(shape, slot, pick.candidates, self.writers(shape, slot));
        }
        if let (Some(child), Some(position)) = (self.shapes[shape].slots[slot].child, work) {
            self.work.push_back((child, position));
        }
        Ok(slot)
    }

    /// One slot for all uses of a leaf with the same arguments.
    fn leaf_slot(&mut self, shape: ShapeIndex, item: ItemId, pick: &Pick, field: FieldId) -> SlotIndex {
        let suffix = self.chooser.tree.items[item].suffix;
        match self.find_leaf(shape, field, suffix) {
            Some(slot) => {
                let types = self.shapes[shape].slots[slot].types.union(&pick.types);
                self.shapes[shape].slots[slot].types = types;
                slot
            }
            None => self.new_item_slot(shape, item, pick, field),
        }
    }

    /// A slot of its own for every response key, because sub-selections differ; one that exists only for
    /// the planner is taken over, unless it is planned for objects of other types than the providers give.
    fn composite_slot(&mut self, shape: ShapeIndex, item: ItemId, pick: &Pick, field: FieldId) -> SlotIndex {
        let asked = &self.chooser.tree.items[item];
        let name = self.field_name(field);
        let hidden = self.shapes[shape].slots.iter().position(|slot| {
            slot.key.is_none()
                && slot.child.is_some()
                && slot.suffix == asked.suffix
                && slot.types == pick.types
                && self.field_name(slot.field) == name
        });
        match hidden.filter(|slot| self.holds_alike(shape, *slot, pick.providers)) {
            Some(slot) => {
                self.shapes[shape].slots[slot].key = asked.key.clone();
                self.settle_types(shape, slot, pick.candidates, pick.providers);
                slot
            }
            None => self.new_item_slot(shape, item, pick, field),
        }
    }

    /// Whether providers give objects of the types a slot has been planned for.
    fn holds_alike(&self, shape: ShapeIndex, slot: SlotIndex, providers: SubgraphSet) -> bool {
        let Slot { field, ref types, child, .. } = self.shapes[shape].slots[slot];
        let possible = self.chooser.possible_types(types, field, providers);
        child.is_none_or(|child| self.shapes[child].possible == possible)
    }

    fn new_item_slot(&mut self, shape: ShapeIndex, item: ItemId, pick: &Pick, field: FieldId) -> SlotIndex {
        let item = &self.chooser.tree.items[item];
        let (suffix, key, composite) = (item.suffix, item.key.clone(), item.child.is_some());
        let slot = Slot { field, suffix, key, types: pick.types.clone(), child: None, writers: Vec::new() };
        let slot = self.new_slot(shape, slot);
        if composite {
            self.add_child(shape, slot, pick.candidates, pick.providers);
        }
        slot
    }

    /// Gives a slot the shape of its objects.
    pub(super) fn add_child(
        &mut self,
        shape: ShapeIndex,
        slot: SlotIndex,
        candidates: SubgraphSet,
        providers: SubgraphSet,
    ) {
        let graph = self.chooser.graph;
        let ty = graph.field(self.shapes[shape].slots[slot].field).ty;
        let child = self.new_shape(ty, TypeSet::new(), TypeSet::new(), Some((shape, slot)));
        self.shapes[shape].slots[slot].child = Some(child);
        self.settle_types(shape, slot, candidates, providers);
    }

    /// Decides the types of the objects in a slot by who could answer it and who does.
    pub(super) fn settle_types(
        &mut self,
        shape: ShapeIndex,
        slot: SlotIndex,
        candidates: SubgraphSet,
        providers: SubgraphSet,
    ) {
        let Slot { field, ref types, child, .. } = self.shapes[shape].slots[slot];
        let Some(child) = child else { return };
        let types = types.clone();
        self.shapes[child].planned = self.chooser.value_types(&types, field, candidates, providers);
        self.shapes[child].possible = self.chooser.possible_types(&types, field, providers);
    }

    /// The subgraphs that write a slot.
    pub(super) fn writers(&self, shape: ShapeIndex, slot: SlotIndex) -> SubgraphSet {
        let writers = self.shapes[shape].slots[slot].writers.iter();
        writers.map(|(visit, _)| self.visits[*visit].subgraph).collect()
    }

    fn add_outputs(
        &mut self,
        shape: ShapeIndex,
        position: PositionId,
        answers: &Answers,
    ) -> Result<(), PlanError> {
        for index in 0..self.chooser.tree.positions[position].items.len() {
            let item = self.chooser.tree.positions[position].items[index];
            let types = self.chooser.tree.items[item].types.intersection(&self.shapes[shape].possible);
            if types.is_empty() || self.chooser.tree.items[item].groups != self.groups {
                continue;
            }
            if types != self.shapes[shape].possible
                || self.chooser.tree.items[item].field == FieldRef::Typename
            {
                self.know_type(shape)?;
            }
            match self.chooser.tree.items[item].field {
                FieldRef::Typename | FieldRef::Denied(_) | FieldRef::Introspection(_) => {
                    self.shapes[shape].outputs.push(Output { item, slot: None, types });
                }
                FieldRef::Field(field) => {
                    for (slot, types) in answers_of(item, answers) {
                        if types != self.shapes[shape].possible || !self.is_uniform(field, &types) {
                            self.know_type(shape)?;
                        }
                        self.shapes[shape].outputs.push(Output { item, slot: Some(slot), types });
                    }
                }
            }
        }
        self.check_hidden_types(shape)
    }

    /// Whether the types declare a field alike; if not, how its value is written depends on the type.
    fn is_uniform(&self, field: FieldId, types: &TypeSet) -> bool {
        let graph = self.chooser.graph;
        let declared = |object| {
            let own = graph.field(graph.concrete_field(object, field).unwrap_or(field));
            (own.wrapping, graph.leaf_type(own.ty))
        };
        let mut all = types.iter().map(declared);
        all.next().is_none_or(|first| all.all(|other| other == first))
    }

    /// Asks for the type when a subgraph could answer with one that clients must not see.
    fn check_hidden_types(&mut self, shape: ShapeIndex) -> Result<(), PlanError> {
        let graph = self.chooser.graph;
        if !self.is_single(shape)
            && self.shapes[shape].possible.iter().any(|object| !graph.ty(graph.object_type(object)).visible)
        {
            self.know_type(shape)?;
        }
        Ok(())
    }

    fn know_type(&mut self, shape: ShapeIndex) -> Result<(), PlanError> {
        if self.type_source(shape).is_none() {
            let ty = &self.chooser.graph.ty(self.shapes[shape].ty).name;
            return Err(PlanError::Unreachable(format!("{ty}.__typename").into()));
        }
        Ok(())
    }
}

/// The slots that answer an item, each with the types it does so for.
fn answers_of(item: ItemId, answers: &Answers) -> Vec<(SlotIndex, TypeSet)> {
    let mut found: Vec<(SlotIndex, TypeSet)> = Vec::new();
    for (_, slot, types) in answers.iter().filter(|(answered, _, _)| *answered == item) {
        match found.iter_mut().find(|(known, _)| known == slot) {
            Some((_, known)) => *known = known.union(types),
            None => found.push((*slot, types.clone())),
        }
    }
    found
}
