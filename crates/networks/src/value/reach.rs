//! E-mail addresses and telephone numbers that clients enter.

use subgraph::mutation::Checks;

/// The longest e-mail address and the longest part before the `@`, in bytes (RFC 5321 section 4.5.3.1).
const MAX_EMAIL: usize = 254;
const MAX_LOCAL_PART: usize = 64;

/// An e-mail address in lower case. Only its form is checked; whether it exists, mail would tell.
pub(crate) fn email(checks: &mut Checks, text: &str) -> String {
    let text = text.trim();
    if !is_email(text) {
        checks.refuse("input.email", "must be an e-mail address like `name@example.com`");
    }
    text.to_lowercase()
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain =
        |text: &str| !text.chars().any(|character| character.is_whitespace() || character.is_control());
    let labels = domain.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|character| character.is_alphanumeric() || character == '-')
    });
    text.len() <= MAX_EMAIL
        && (1..=MAX_LOCAL_PART).contains(&local.len())
        && !local.contains('@')
        && plain(local)
        && domain.contains('.')
        && labels
}

/// A telephone number in E.164 form.
pub(crate) fn phone(checks: &mut Checks, text: &str) -> String {
    let text = text.trim();
    let digits = text.strip_prefix('+').unwrap_or_default();
    let fits = (7..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if !fits {
        checks.refuse("input.phone", "must be a number in E.164 form like `+13125550100`");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use subgraph::mutation::Checks;

    use super::{is_email, phone};

    #[test]
    fn mail_addresses_have_a_name_and_a_domain() {
        for text in ["a@b.co", "first.last+tag@sub.example.com", "käthe@müller.example"] {
            assert!(is_email(text), "{text}");
        }
        for text in ["", "a", "@b.co", "a@b", "a@@b.co", "a b@c.de", "a@b..co", "a@-b.co", "a@b.co."] {
            assert!(!is_email(text), "{text}");
        }
        assert!(!is_email(&format!("{}@b.co", "x".repeat(65))));
    }

    #[test]
    fn telephone_numbers_begin_with_the_country() {
        for (text, fits) in [
            ("+13125550100", true),
            ("+4930123", true),
            ("0301234567", false),
            ("+0301234567", false),
            ("+12", false),
            ("+1 312 555 0100", false),
        ] {
            let mut checks = Checks::default();
            phone(&mut checks, text);
            assert_eq!(checks.finish().is_ok(), fits, "{text}");
        }
    }
}
