//! What the GraphQL parser and validator say, in the words of this crate.

use apollo_compiler::diagnostic::{Diagnostic, ToCliReport};
use apollo_compiler::validation::{DiagnosticData, DiagnosticList};

/// Names of tokens as the parser prints them, and the tokens.
const TOKENS: [(&str, &str); 15] = [
    ("BANG", "!"),
    ("DOLLAR", "$"),
    ("AMP", "&"),
    ("SPREAD", "..."),
    ("COMMA", ","),
    ("COLON", ":"),
    ("EQ", "="),
    ("AT", "@"),
    ("L_PAREN", "("),
    ("R_PAREN", ")"),
    ("L_BRACK", "["),
    ("R_BRACK", "]"),
    ("L_CURLY", "{"),
    ("R_CURLY", "}"),
    ("PIPE", "|"),
];

/// One finding: lower-case start, no final dot, what was written in backticks.
pub(crate) fn problem(finding: &Diagnostic<'_, DiagnosticData>) -> String {
    let message = finding.error.to_string();
    match message.strip_prefix("syntax error: ") {
        Some(problem) => format!("syntax error: {}", reworded(problem, &found(finding))),
        None => lower_start(message.trim_end_matches('.')),
    }
}

/// The same with its place in front.
pub(crate) fn placed_problem(finding: &Diagnostic<'_, DiagnosticData>) -> String {
    match finding.line_column_range() {
        Some(range) => {
            format!("line {}, column {}: {}", range.start.line, range.start.column, problem(finding))
        }
        None => problem(finding),
    }
}

/// All findings in one line.
pub(crate) fn problems(list: &DiagnosticList) -> String {
    let problems: Vec<String> = list.iter().map(|finding| problem(&finding)).collect();
    problems.join("; ")
}

/// The text a finding is about; empty at the end of the document.
fn found(finding: &Diagnostic<'_, DiagnosticData>) -> String {
    let Some(span) = finding.error.location() else { return String::new() };
    let Some(source) = finding.sources.get(&span.file_id()) else { return String::new() };
    let text = source.source_text().get(span.offset()..span.end_offset()).unwrap_or_default();
    // A token of a client's choosing may be long.
    text.chars().take(40).collect()
}

fn reworded(problem: &str, found: &str) -> String {
    let problem = problem.trim_end_matches('.');
    if problem == "Unexpected <EOF>" {
        return "the document is empty; write at least one definition".to_owned();
    }
    // The parser prints what it found itself where it expects a certain token.
    let expected = problem.strip_prefix("expected ").and_then(|rest| rest.split_once(", got "));
    let (problem, found) = match expected {
        Some((token, "EOF")) => (format!("expected {}", shown_token(token)), ""),
        Some((token, found)) => (format!("expected {}", shown_token(token)), found),
        None => (lower_words(problem), found),
    };
    match (problem.starts_with("expected"), found.trim()) {
        (false, _) => problem,
        (true, "") => format!("{problem}, but the text ends here; close what is open"),
        (true, found) => format!("{problem}, found `{found}`"),
    }
}

fn shown_token(name: &str) -> String {
    let token = TOKENS.iter().find(|(known, _)| *known == name);
    token.map_or_else(|| name.to_lowercase(), |(_, token)| format!("`{token}`"))
}

/// Grammar terms are ordinary words here; what stands in quotes is the user's to write.
fn lower_words(problem: &str) -> String {
    let mut text = String::with_capacity(problem.len());
    for (index, part) in problem.split('`').enumerate() {
        match index % 2 {
            0 => {
                text.push_str(&part.to_lowercase().replace(['\'', '"'], "`").replace("exptected", "expected"))
            }
            _ => text.extend(["`", part, "`"]),
        }
    }
    text
}

fn lower_start(message: &str) -> String {
    let mut characters = message.chars();
    match (characters.next(), message.chars().nth(1)) {
        // Abbreviations stay as they are.
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::ast::Document;

    fn problems(text: &str) -> Vec<String> {
        let failure = Document::parse(text, "test").expect_err("not valid");
        failure.errors.iter().map(|finding| super::placed_problem(&finding)).collect()
    }

    #[test]
    fn the_parsers_terms_become_words_and_tokens() {
        for (text, expected) in [
            ("", "line 1, column 1: syntax error: the document is empty; write at least one definition"),
            (
                "{ a",
                "line 1, column 4: syntax error: expected `}`, but the text ends here; close what is open",
            ),
            ("{ a(: 1) }", "line 1, column 5: syntax error: expected an argument, found `:`"),
            ("{ a ? }", "line 1, column 5: syntax error: unexpected character `?`"),
            (
                "fragment F on { a }",
                "line 1, column 15: syntax error: expected a name in type condition, found `{`",
            ),
        ] {
            assert_eq!(problems(text).first().map(String::as_str), Some(expected), "{text}");
        }
    }

    #[test]
    fn long_tokens_are_cut() {
        let problems = problems(&format!("{{ a }} {}", "x".repeat(100)));
        assert!(problems[0].ends_with(&format!("found `{}`", "x".repeat(40))), "{problems:?}");
    }
}
