//! `@cacheTag`: formats refer to arguments of root query fields or to keys of entities.

use std::collections::BTreeSet;

use super::Checker;
use crate::compose::code::Code;
use crate::compose::subgraph::field_set;
use crate::compose::subgraph::model::{Applied, FieldDef, TypeDef};
use crate::compose::subgraph::spec::Kind;

impl Checker<'_> {
    pub(super) fn check_cache_tags(&mut self) {
        for ty in self.types() {
            for tag in ty.directives.all(Kind::CacheTag) {
                self.check_entity_tag(ty, tag);
            }
        }
        for (ty, field) in self.fields() {
            for tag in field.directives.all(Kind::CacheTag) {
                self.check_field_tag(ty, field, tag);
            }
        }
    }

    fn check_entity_tag(&mut self, ty: &TypeDef, tag: &Applied) {
        let place = &ty.name;
        let Some(paths) = self.read_format(place, tag) else { return };
        let keys: Vec<BTreeSet<String>> = ty
            .keys()
            .filter(|key| key.is_resolvable())
            .map(|key| {
                let hits = field_set::selected(self.subgraph, &ty.name, key.field_set(), false);
                hits.iter()
                    .filter(|hit| hit.parent.name == ty.name)
                    .map(|hit| hit.field.name.to_string())
                    .collect()
            })
            .collect();
        if keys.is_empty() {
            let message = format!("`{place}` has `@cacheTag`, but no resolvable `@key`");
            self.report(Code::CacheTagInvalidFormat, message, tag.span());
        }
        for path in paths {
            let field = path.strip_prefix("$key.").map(|rest| rest.split('.').next().unwrap_or_default());
            if !field.is_some_and(|field| keys.iter().all(|key| key.contains(field))) {
                let message =
                    format!("`@cacheTag` of `{place}` uses `{path}`, which is not part of every key");
                self.report(Code::CacheTagInvalidFormatArgumentOnEntity, message, tag.span());
            }
        }
    }

    fn check_field_tag(&mut self, ty: &TypeDef, field: &FieldDef, tag: &Applied) {
        let place = format!("{}.{}", ty.name, field.name);
        if ty.name != "Query" {
            let message = format!("`{place}` has `@cacheTag`, but is not a root query field");
            self.report(Code::CacheTagInvalidFormat, message, tag.span());
            return;
        }
        let Some(paths) = self.read_format(&place, tag) else { return };
        for path in paths {
            let argument = path.strip_prefix("$args.").map(|rest| rest.split('.').next().unwrap_or_default());
            if !argument.is_some_and(|name| field.arguments.contains_key(name)) {
                let message = format!("`@cacheTag` of `{place}` uses `{path}`, which is not an argument");
                self.report(Code::CacheTagInvalidFormatArgumentOnRootField, message, tag.span());
            }
        }
    }

    /// The paths between braces; `None` when the format is malformed.
    fn read_format(&mut self, place: &str, tag: &Applied) -> Option<Vec<String>> {
        let format = tag.text("format").unwrap_or_default();
        let paths = paths(format);
        if paths.is_none() {
            let message = format!("`{format}` is not a valid format for the `@cacheTag` of `{place}`");
            self.report(Code::CacheTagInvalidFormat, message, tag.span());
        }
        paths
    }
}

fn paths(format: &str) -> Option<Vec<String>> {
    let mut paths = Vec::new();
    let mut rest = format;
    while let Some(open) = rest.find(['{', '}']) {
        let inner = rest[open..].strip_prefix('{')?;
        let (path, after) = inner.split_once('}')?;
        let path = path.trim();
        let is_path = path
            .strip_prefix('$')
            .is_some_and(|names| names.split('.').all(apollo_compiler::Name::is_valid_syntax));
        if !is_path {
            return None;
        }
        paths.push(path.to_owned());
        rest = after;
    }
    Some(paths)
}
