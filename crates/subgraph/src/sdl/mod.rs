//! The schema a service prints: async-graphql's export, completed for composition.
//!
//! async-graphql 7 always links federation v2.5 and prints a local definition of every directive. Here the
//! link names the version and exactly the directives that are used, and definitions that belong to the
//! federation specification are left out. Directives it has no attribute for are defined here as type
//! directives, to be written beside the fields: `#[graphql(directive = cost::apply(..))]`. `@cacheControl`, which
//! belongs to no specification of federation, is linked and composed where it is used.

pub mod directives;

use async_graphql::{ObjectType, SDLExportOptions, Schema, SubscriptionType};

/// The federation specification the services are written against.
const FEDERATION: &str = "https://specs.apollo.dev/federation/v2.9";

/// Directives of the federation specification, as far as a service here may use them.
const DIRECTIVES: [&str; 17] = [
    "authenticated",
    "cacheTag",
    "composeDirective",
    "cost",
    "extends",
    "external",
    "inaccessible",
    "interfaceObject",
    "key",
    "listSize",
    "override",
    "policy",
    "provides",
    "requires",
    "requiresScopes",
    "shareable",
    "tag",
];

/// Where the cache directive's meaning is described; the link needs a specification to compose it.
const CACHE_CONTROL: &str = "https://specs.apollo.dev/cacheControl/v0.1";

/// The cache directive, which is kept with its definition and composed.
const CACHE_DIRECTIVE: &str = "cacheControl";

/// Definitions that every GraphQL server has.
const BUILT_IN: [&str; 5] = ["skip", "include", "deprecated", "specifiedBy", "oneOf"];

/// The complete SDL of a service's schema, ready for composition.
pub fn print<Q, M, S>(schema: &Schema<Q, M, S>) -> String
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let options = SDLExportOptions::new()
        .federation()
        .include_specified_by()
        .prefer_single_line_descriptions()
        .use_space_ident()
        .indent_width(2);
    complete(&schema.sdl_with_options(options))
}

fn complete(exported: &str) -> String {
    let mut body = String::with_capacity(exported.len());
    let mut in_link = false;
    for line in exported.lines() {
        // The exported link stands last and spans several lines.
        in_link |= line.starts_with("extend schema @link(");
        if in_link {
            continue;
        }
        if is_foreign_definition(line) {
            body.truncate(without_description(&body));
            continue;
        }
        body.push_str(line.trim_end());
        body.push('\n');
    }
    let kept = uses_directive(&body, CACHE_DIRECTIVE);
    let body = if kept { with_hints_completed(&body) } else { body };
    let imports: Vec<String> = DIRECTIVES
        .iter()
        .filter(|name| uses_directive(&body, name) || kept && **name == "composeDirective")
        .map(|name| format!("\"@{name}\""))
        .collect();
    let composed = if kept {
        format!(
            " @link(url: \"{CACHE_CONTROL}\", import: [\"@{CACHE_DIRECTIVE}\"]) \
             @composeDirective(name: \"@{CACHE_DIRECTIVE}\")"
        )
    } else {
        String::new()
    };
    format!(
        "extend schema @link(url: \"{FEDERATION}\", import: [{}]){composed}\n\n{}\n",
        imports.join(", "),
        squeeze(&body)
    )
}

/// What async-graphql makes and takes no directives for: edges and page info may be kept as long as their connection, and
/// clients are not shown a type of which only the hints make use.
fn with_hints_completed(body: &str) -> String {
    let mut out = String::with_capacity(body.len() + 1024);
    for line in body.lines() {
        if line == "enum CacheControlScope {" {
            out.push_str("enum CacheControlScope @inaccessible {\n");
            continue;
        }
        let name = line.strip_prefix("type ").and_then(|rest| rest.split(' ').next());
        let of_connections = name.is_some_and(|name| name == "PageInfo" || name.ends_with("Edge"));
        match line.strip_suffix(" {").filter(|_| of_connections) {
            Some(head) => {
                out.push_str(head);
                out.push_str(" @cacheControl(inheritMaxAge: true) {");
            }
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

fn is_foreign_definition(line: &str) -> bool {
    line.strip_prefix("directive @").is_some_and(|rest| {
        let name = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        DIRECTIVES.contains(&name) || BUILT_IN.contains(&name)
    })
}

/// The length of the text without the description that it ends with, if it does.
fn without_description(text: &str) -> usize {
    let last = text.trim_end_matches('\n').rfind('\n').map_or(0, |end| end + 1);
    match text[last..].trim_end() {
        "\"\"\"" => text[..last].rfind("\"\"\"").unwrap_or(text.len()),
        line if line.starts_with('"') => last,
        _ => text.len(),
    }
}

fn uses_directive(sdl: &str, name: &str) -> bool {
    sdl.match_indices('@').any(|(at, _)| {
        let rest = &sdl[at + 1..];
        rest.starts_with(name) && !rest[name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric())
    })
}

/// At most one blank line in a row, none at the ends.
fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.trim().lines() {
        if !(line.is_empty() && out.ends_with("\n\n")) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::complete;

    #[test]
    fn the_link_imports_what_is_used_and_nothing_else() {
        let sdl = complete(
            "type Query {\n\tmine: Int @cost(weight: 3)\n}\n\n\n\ndirective @cost(weight: Int!) on FIELD_DEFINITION\ndirective @skip(if: Boolean!) on FIELD\nextend schema @link(\n\turl: \"x\",\n\timport: [\"@key\"]\n)\n",
        );
        assert_eq!(
            sdl,
            "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@cost\"])\n\ntype Query {\n\tmine: Int @cost(weight: 3)\n}\n"
        );
    }

    #[test]
    fn a_hint_for_caches_is_composed_and_reaches_the_edges_of_connections() {
        let definition = "enum CacheControlScope {\n  PUBLIC\n}\ndirective @cacheControl(maxAge: Int, scope: CacheControlScope) on FIELD_DEFINITION\n";
        let sdl = complete(&format!(
            "type Query {{\n  mine: MineEdge @cacheControl(maxAge: 3)\n}}\ntype MineEdge @shareable {{\n  pageInfo: PageInfo!\n}}\n{definition}"
        ));
        let (head, body) = sdl.split_once("\n\n").unwrap();
        assert_eq!(
            head,
            "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@composeDirective\", \"@inaccessible\", \"@shareable\"]) @link(url: \"https://specs.apollo.dev/cacheControl/v0.1\", import: [\"@cacheControl\"]) @composeDirective(name: \"@cacheControl\")"
        );
        assert_eq!(
            body,
            format!(
                "type Query {{\n  mine: MineEdge @cacheControl(maxAge: 3)\n}}\ntype MineEdge @shareable @cacheControl(inheritMaxAge: true) {{\n  pageInfo: PageInfo!\n}}\n{}",
                definition.replace("enum CacheControlScope", "enum CacheControlScope @inaccessible")
            )
        );
    }

    #[test]
    fn a_definition_that_is_left_out_takes_its_description_along() {
        let sdl = complete(
            "\"kept\"\ntype Query {\n  mine: Int\n}\n\n\"\"\"\na long\ndescription\n\"\"\"\ndirective @cost(weight: Int!) on OBJECT\n\n\"short\"\ndirective @skip(if: Boolean!) on FIELD\n\"kept, too\"\ndirective @own on OBJECT\n",
        );
        let (_, body) = sdl.split_once("\n\n").unwrap();
        assert_eq!(
            body,
            "\"kept\"\ntype Query {\n  mine: Int\n}\n\n\"kept, too\"\ndirective @own on OBJECT\n"
        );
    }
}
