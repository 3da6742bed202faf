//! Sorted pages: the order of a list, and the part of it that lies beyond a cursor.

use sea_orm::sea_query::{Condition, Expr, SelectStatement, Value, WindowStatement};
use sea_orm::{ExprTrait, Order};

/// One part of a sort key.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) by: Expr,
    pub(crate) descending: bool,
}

impl Part {
    pub(crate) fn ascending(by: impl Into<Expr>) -> Self {
        Self { by: by.into(), descending: false }
    }

    pub(crate) fn descending(by: impl Into<Expr>) -> Self {
        Self { by: by.into(), descending: true }
    }

    fn order(&self, backwards: bool) -> Order {
        if self.descending == backwards { Order::Asc } else { Order::Desc }
    }
}

/// Orders a statement by a key, or from the end.
pub(crate) fn order(statement: &mut SelectStatement, key: &[Part], backwards: bool) {
    for part in key {
        statement.order_by_expr(part.by.clone(), part.order(backwards));
    }
}

/// Orders a window like [`order`] a statement.
pub(crate) fn order_window(window: &mut WindowStatement, key: &[Part], backwards: bool) {
    for part in key {
        window.order_by_expr(part.by.clone(), part.order(backwards));
    }
}

/// Rows after (or before) the row with the given values of the key: the lexicographic comparison spelled out,
/// since parts may run in different directions.
pub(crate) fn beyond(key: &[Part], values: &[Value], before: bool) -> Condition {
    let mut any = Condition::any();
    for (place, (part, value)) in key.iter().zip(values).enumerate() {
        let mut all = Condition::all();
        for (equal, value) in key.iter().zip(values).take(place) {
            all = all.add(equal.by.clone().eq(Expr::val(value.clone())));
        }
        let value = Expr::val(value.clone());
        let further =
            if part.descending == before { part.by.clone().gt(value) } else { part.by.clone().lt(value) };
        any = any.add(all.add(further));
    }
    any
}
