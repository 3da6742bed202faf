//! Reading what a registry writes: the OpenMetrics text format
//! (<https://prometheus.io/docs/specs/om/open_metrics_spec/#text-format>).

/// A metric with all its samples.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Family<'a> {
    pub(super) name: &'a str,
    pub(super) help: &'a str,
    pub(super) unit: &'a str,
    pub(super) kind: &'a str,
    pub(super) samples: Vec<Sample<'a>>,
}

/// One line with a value.
#[derive(Debug, PartialEq)]
pub(super) struct Sample<'a> {
    /// What follows the family's name, such as `_total`.
    pub(super) suffix: &'a str,
    pub(super) labels: Vec<(&'a str, String)>,
    pub(super) value: &'a str,
}

/// The metrics of a text. Lines that are not understood are left out: there are none in what a registry writes.
pub(super) fn read(text: &str) -> Vec<Family<'_>> {
    let mut families: Vec<Family<'_>> = Vec::new();
    for line in text.lines() {
        if let Some(said) = line.strip_prefix("# ") {
            let mut words = said.splitn(3, ' ');
            let (Some(what), Some(name)) = (words.next(), words.next()) else { continue };
            let value = words.next().unwrap_or_default();
            if families.last().is_none_or(|family| family.name != name) {
                families.push(Family { name, ..Family::default() });
            }
            let Some(family) = families.last_mut() else { continue };
            match what {
                "HELP" => family.help = value.strip_suffix('.').unwrap_or(value),
                "UNIT" => family.unit = value,
                "TYPE" => family.kind = value,
                _ => {}
            }
        } else if let Some(family) = families.last_mut()
            && let Some(rest) = line.strip_prefix(family.name)
            && let Some(sample) = sample(rest)
        {
            family.samples.push(sample);
        }
    }
    families
}

/// Reads `_suffix{label="value"} 1`.
fn sample(line: &str) -> Option<Sample<'_>> {
    let end = line.find(['{', ' '])?;
    let (suffix, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while !rest.starts_with('}') {
            let (name, after) = rest.split_once("=\"")?;
            let (value, after) = quoted(after)?;
            labels.push((name, value));
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        rest = rest.strip_prefix('}')?;
    }
    let value = rest.trim_start().split(' ').next().filter(|value| !value.is_empty())?;
    Some(Sample { suffix, labels, value })
}

/// Reads up to a closing quotation mark; the text, and what is behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_registry_writes_is_read() {
        let text = "# HELP calls_seconds How long calls take.\n# TYPE calls_seconds histogram\n\
                    # UNIT calls_seconds seconds\ncalls_seconds_sum{to=\"a\"} 0.5\n\
                    calls_seconds_bucket{le=\"+Inf\",to=\"a\"} 2\n\
                    # HELP calls_seconds_of_others Others.\n# TYPE calls_seconds_of_others gauge\n\
                    calls_seconds_of_others -3\n# EOF\n";
        let of = |suffix, labels: &[(&'static str, &str)], value| {
            let labels = labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            Sample { suffix, labels, value }
        };
        let expected = [
            Family {
                name: "calls_seconds",
                help: "How long calls take",
                unit: "seconds",
                kind: "histogram",
                samples: vec![
                    of("_sum", &[("to", "a")], "0.5"),
                    of("_bucket", &[("le", "+Inf"), ("to", "a")], "2"),
                ],
            },
            Family {
                name: "calls_seconds_of_others",
                help: "Others",
                kind: "gauge",
                samples: vec![of("", &[], "-3")],
                ..Family::default()
            },
        ];
        assert_eq!(read(text), expected);
    }

    #[test]
    fn values_of_labels_may_hold_anything() {
        let line = r#"_total{a="x\"y\\z\n,}=",b=""} 1"#;
        let Sample { labels, value, .. } = sample(line).unwrap();
        assert_eq!(labels, [("a", "x\"y\\z\n,}=".to_owned()), ("b", String::new())]);
        assert_eq!(value, "1");
        for broken in ["_total", "_total{a=\"x} 1", "_total{a} 1", "_total{a=\"x\"} "] {
            assert_eq!(sample(broken), None, "{broken}");
        }
    }
}
