//! Subscriptions: fields of one subgraph each, whose value differs by event.

use super::{Builder, Mood};
use crate::differential::dice::Dice;
use crate::differential::model::{Kind, Type};

impl Builder {
    /// Adds the root of subscriptions to some schemas. With dice of its own, so that it changes nothing else.
    pub(super) fn add_events(&mut self, mood: Mood, mut dice: Dice) {
        std::mem::swap(&mut self.dice, &mut dice);
        if self.dice.chance(2) {
            self.model.types.insert("Subscription".to_owned(), Type::new(Kind::Object));
            for index in 0..self.dice.between(1, 3) {
                self.add_event(&format!("event{index}"), mood);
            }
        }
        std::mem::swap(&mut self.dice, &mut dice);
    }

    fn add_event(&mut self, name: &str, mood: Mood) {
        let mut field = self.random_field();
        field.fails = mood == Mood::Failing && self.dice.chance(4);
        self.ty("Subscription").fields.insert(name.to_owned(), field);
        for subgraph in self.choose_homes("Subscription", name) {
            self.declare(subgraph, "Subscription", name);
        }
        if self.dice.chance(3) {
            self.provide("Subscription", name);
        }
    }
}
