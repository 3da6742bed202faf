//! Names of tags, and elements that cannot be hidden.

use super::Checker;
use crate::compose::code::Code;
use crate::compose::subgraph::model::Directives;
use crate::compose::subgraph::spec::Kind;

/// Characters in a tag's name.
const MAX_LENGTH: usize = 128;

impl Checker<'_> {
    pub(super) fn check_tags(&mut self) {
        self.check_tags_of(&self.subgraph.schema_directives);
        for ty in self.types() {
            self.check_tags_of(&ty.directives);
            for field in ty.fields.values() {
                self.check_tags_of(&field.directives);
                for argument in field.arguments.values() {
                    self.check_tags_of(&argument.directives);
                }
            }
            for input in ty.inputs.values() {
                self.check_tags_of(&input.directives);
            }
            for value in ty.values.values() {
                self.check_tags_of(&value.directives);
            }
        }
        for definition in self.subgraph.directives.values() {
            for argument in &definition.arguments {
                for directive in argument.directives.iter() {
                    if self.subgraph.links.kind(&directive.name) == Kind::Inaccessible {
                        let message = format!(
                            "argument `{}` of `@{}` is `@inaccessible`",
                            argument.name, definition.name
                        );
                        self.report(Code::DisallowedInaccessible, message, directive.location());
                    }
                }
            }
        }
    }

    fn check_tags_of(&mut self, directives: &Directives) {
        for tag in directives.all(Kind::Tag) {
            let name = tag.text("name").unwrap_or_default();
            let is_valid = name.len() <= MAX_LENGTH
                && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-/".contains(c));
            if !is_valid {
                self.report(Code::InvalidTagName, format!("`{name}` is not a valid tag"), tag.span());
            }
        }
    }
}
