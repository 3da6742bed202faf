//! Where `@override` may stand and what its label may say.

use super::Checker;
use crate::compose::code::Code;
use crate::compose::subgraph::model::TypeKind;
use crate::compose::subgraph::spec::Kind;

impl Checker<'_> {
    pub(super) fn check_overrides(&mut self) {
        for (ty, field) in self.fields() {
            let Some(applied) = field.directives.get(Kind::Override) else { continue };
            let place = format!("{}.{}", ty.name, field.name);
            if ty.kind == TypeKind::Interface {
                let message = format!("interface field `{place}` has `@override`");
                self.report(Code::OverrideOnInterface, message, applied.span());
            } else if ty.is_interface_object() {
                let message = format!("`{place}` has `@override`, but its type is an `@interfaceObject`");
                self.report(Code::OverrideCollisionWithAnotherDirective, message, applied.span());
            }
            if let Some(label) = applied.text("label")
                && !is_label(label)
            {
                let message = format!("`{label}` cannot be the label of the `@override` on `{place}`");
                self.report(Code::OverrideLabelInvalid, message, applied.span());
            }
        }
    }
}

/// `percent(N)` with N from 0 to 100 and at most eight decimals, or a name of letters, digits and `_-:./`.
fn is_label(label: &str) -> bool {
    if let Some(number) = label.strip_prefix("percent(").and_then(|rest| rest.strip_suffix(')')) {
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        return all_digits(whole)
            && all_digits(decimals)
            && decimals.len() <= 8
            && number.parse::<f64>().is_ok_and(|percent| percent <= 100.0);
    }
    label.starts_with(|c: char| c.is_ascii_alphabetic())
        && label.chars().all(|c| c.is_ascii_alphanumeric() || "_-:./".contains(c))
}

#[cfg(test)]
mod tests {
    use super::is_label;

    #[test]
    fn labels_are_percentages_or_names() {
        for label in ["percent(0)", "percent(100)", "percent(0.00000001)", "beta-users", "team:flag/v1.2_x"] {
            assert!(is_label(label), "{label}");
        }
        for label in ["percent(101)", "percent(-1)", "percent(1.123456789)", "percent()", "", "1st", "a b"] {
            assert!(!is_label(label), "{label}");
        }
    }
}
