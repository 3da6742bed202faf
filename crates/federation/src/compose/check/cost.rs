//! `@cost` and `@listSize`.
//!
//! Rules from <https://ibm.github.io/graphql-specs/cost-spec.html>, as federation restricts them.

use super::Checker;
use crate::compose::code::Code;
use crate::compose::subgraph::model::{Applied, FieldDef, TypeDef, TypeKind};
use crate::compose::subgraph::spec::Kind;

impl Checker<'_> {
    pub(super) fn check_costs(&mut self) {
        for (ty, field) in self.fields() {
            if ty.kind == TypeKind::Interface
                && let Some(cost) = field.directives.get(Kind::Cost)
            {
                let message = format!("interface field `{}.{}` has `@cost`", ty.name, field.name);
                self.report(Code::CostAppliedToInterfaceField, message, cost.span());
            }
            if let Some(list_size) = field.directives.get(Kind::ListSize) {
                self.check_list_size(ty, field, list_size);
            }
        }
    }

    fn check_list_size(&mut self, ty: &TypeDef, field: &FieldDef, applied: &Applied) {
        let place = format!("{}.{}", ty.name, field.name);
        let names = |argument: &str| -> Vec<String> {
            let items = applied.argument(argument).and_then(|value| value.as_list()).unwrap_or_default();
            items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        };
        let sized_fields = names("sizedFields");
        if !field.ty.is_list() && sized_fields.is_empty() {
            let message = format!("`{place}` has `@listSize`, but is not a list");
            self.report(Code::ListSizeAppliedToNonList, message, applied.span());
        }
        if let Some(size) = applied.argument("assumedSize").and_then(|value| value.to_i32())
            && size < 0
        {
            let message = format!("`@listSize` of `{place}` assumes {size} items");
            self.report(Code::ListSizeInvalidAssumedSize, message, applied.span());
        }
        for name in names("slicingArguments") {
            let is_integer = |argument: &crate::compose::subgraph::model::InputDef| {
                argument.ty.is_named() && argument.ty.inner_named_type() == "Int"
            };
            let what = match field.arguments.get(name.as_str()) {
                Some(argument) if is_integer(argument) => continue,
                Some(argument) => format!("is of type `{}`", argument.ty),
                None => "does not exist".to_owned(),
            };
            let message = format!("slicing argument `{name}` of `{place}` {what}");
            self.report(Code::ListSizeInvalidSlicingArgument, message, applied.span());
        }
        for name in sized_fields {
            let target = self.subgraph.types.get(field.ty.inner_named_type());
            let what = match target.filter(|target| target.kind.is_composite()) {
                None => format!("cannot exist: `{place}` returns `{}`", field.ty),
                Some(target) => match target.fields.get(name.as_str()) {
                    Some(sized) if sized.ty.is_list() => continue,
                    Some(sized) => format!("is of type `{}`, which is not a list", sized.ty),
                    None => format!("does not exist on `{}`", target.name),
                },
            };
            let message = format!("sized field `{name}` of `{place}` {what}");
            self.report(Code::ListSizeInvalidSizedField, message, applied.span());
        }
    }
}
