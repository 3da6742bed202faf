//! Whether a cost is within a limit, and how to get below.

use super::{Cost, FieldCost};
use crate::operation::error::{ErrorCode, OperationError};

/// The most lists that are named as what to make shorter.
const MAX_LISTS: usize = 3;

impl Cost {
    /// Refuses what costs more than a limit.
    ///
    /// # Errors
    /// [`ErrorCode::Cost`], with the field that costs most and the lists that make it so.
    pub fn check(&self, limit: u64) -> Result<(), OperationError> {
        if self.total <= limit {
            return Ok(());
        }
        let mut message = format!("the operation costs {} by estimate, the limit is {limit}", self.total);
        message += &self.advice();
        for problem in &self.problems {
            message += &format!("; {problem}");
        }
        Err(OperationError::new(ErrorCode::Cost, message))
    }

    /// The field that adds most; the first of several.
    pub fn dearest(&self) -> Option<&FieldCost> {
        self.fields.iter().rev().max_by_key(|field| field.cost)
    }

    /// What costs most, and what to ask less of, as the rest of a sentence that begins with `; `. Nothing when no field
    /// costs anything.
    pub fn advice(&self) -> String {
        let Some(dearest) = self.dearest() else { return String::new() };
        let FieldCost { path, coordinate, cost, .. } = dearest;
        let most = format!("; most of it, {cost}, is `{}` (`{coordinate}`)", path.join("."));
        most + &self.remedy(dearest)
    }

    fn remedy(&self, dearest: &FieldCost) -> String {
        let mut lists: Vec<(&FieldCost, u64)> = self
            .fields
            .iter()
            .filter(|field| dearest.path.starts_with(&field.path))
            .filter_map(|field| field.size.map(|(size, _)| (field, size)))
            .filter(|(_, size)| *size > 1)
            .collect();
        lists.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        lists.truncate(MAX_LISTS);
        if lists.is_empty() {
            return "; leave it out, or split the operation".to_owned();
        }
        let named: Vec<String> =
            lists.iter().map(|(field, size)| format!("`{}` ({size})", field.path.join("."))).collect();
        format!("; ask for fewer values of {}, or for less of each", named.join(" or "))
    }
}
