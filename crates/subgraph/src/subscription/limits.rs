//! How much subscriptions may take, and the flags that say it.

use std::time::Duration;

use clap::{Args, value_parser};

/// How much subscriptions may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most that are open at a time.
    pub open: usize,
    /// The most of one caller.
    pub of_caller: usize,
    /// How many changes of its network one may be behind when it opens; whoever is later reads anew what is there.
    pub behind: i64,
    /// How long a change of which nobody tells may go unnoticed.
    pub looks_again: Duration,
    /// How long it may take to send a message to a reader.
    pub send_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            open: 2000,
            of_caller: 50,
            behind: 10_000,
            looks_again: Duration::from_secs(2),
            send_timeout: Duration::from_secs(30),
        }
    }
}

/// The flags of a program that runs services.
#[derive(Clone, Copy, Debug, Args)]
pub struct Flags {
    /// The most subscriptions that a service has open at a time.
    #[arg(long, default_value_t = 2000, value_parser = value_parser!(u32).range(1..=1_000_000), value_name = "N")]
    max_subscriptions: u32,
    /// The most subscriptions of one caller that a service has open at a time.
    #[arg(long, default_value_t = 50, value_parser = value_parser!(u32).range(1..=1_000_000), value_name = "N")]
    max_subscriptions_per_caller: u32,
    /// How many changes a service makes up for at most when a subscription opens with `after`; whoever missed more reads
    /// anew what is there.
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u32).range(0..=10_000_000), value_name = "N")]
    max_missed_changes: u32,
}

impl Flags {
    /// The limits that are asked for.
    pub fn limits(&self) -> Limits {
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        Limits {
            open: count(self.max_subscriptions),
            of_caller: count(self.max_subscriptions_per_caller),
            behind: self.max_missed_changes.into(),
            ..Limits::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        flags: Flags,
    }

    fn limits(arguments: &[&str]) -> Result<Limits, String> {
        let arguments = ["program"].into_iter().chain(arguments.iter().copied());
        Program::try_parse_from(arguments)
            .map(|program| program.flags.limits())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn without_flags_the_limits_are_the_usual_ones() {
        assert_eq!(limits(&[]), Ok(Limits::default()));
    }

    #[test]
    fn each_flag_sets_a_limit() {
        let flags = ["--max-subscriptions=7", "--max-subscriptions-per-caller=3", "--max-missed-changes=0"];
        let expected = Limits { open: 7, of_caller: 3, behind: 0, ..Limits::default() };
        assert_eq!(limits(&flags), Ok(expected));
    }

    #[test]
    fn what_would_let_nobody_in_or_is_no_number_is_refused_with_what_would_do() {
        for (flag, why) in [
            ("--max-subscriptions=0", "0 is not in 1..=1000000"),
            ("--max-subscriptions=1000001", "1000001 is not in 1..=1000000"),
            ("--max-subscriptions-per-caller=0", "0 is not in 1..=1000000"),
            ("--max-subscriptions-per-caller=-1", "-1 is not in 1..=1000000"),
            ("--max-missed-changes=many", "invalid digit found in string"),
            ("--max-missed-changes=10000001", "10000001 is not in 0..=10000000"),
        ] {
            let refusal = limits(&[flag]).unwrap_err();
            let name = flag.split('=').next().unwrap();
            assert!(refusal.contains(why) && refusal.contains(name), "{refusal}");
        }
    }
}
