//! What a starting platform says: where to look, a token, and a line to try.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use owo_colors::{OwoColorize, Stream};

use crate::Failure;
use crate::data_folder::DataFolder;
use crate::token::TokenError;

/// A question that all four services answer together.
const QUERY: &str = "{ networks(first: 1) { nodes { name locationCount performance(range: {preset: LAST_30_DAYS}) { figures { revenue { amountMinor currency } } } complianceScore { score } integrationHealth { score } } } }";

/// Prints to standard output; `url` is the platform's, without a path.
pub(crate) fn print(
    url: &str,
    metrics: Option<SocketAddr>,
    data: &DataFolder,
    token: Result<String, TokenError>,
    took: Duration,
) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let bold = |text: &str| text.if_supports_color(Stream::Stdout, |text| text.bold()).to_string();
    writeln!(
        out,
        "{} after {:.1} s, data in {}",
        bold("Franchise platform ready"),
        took.as_secs_f64(),
        data.path().display()
    )?;
    writeln!(out)?;
    writeln!(out, "  Explorer  {}", bold(&format!("{url}/")))?;
    writeln!(out, "  GraphQL   {url}/graphql")?;
    if let Some(metrics) = metrics {
        writeln!(out, "  Metrics   http://{metrics}/metrics")?;
    }
    match token {
        Ok(token) => {
            writeln!(out, "  Token     {token}")?;
            writeln!(out)?;
            writeln!(out, "Try:")?;
            writeln!(out)?;
            writeln!(out, "{}", curl(url, &token))?;
        }
        Err(TokenError::NoNetwork) => {
            writeln!(out)?;
            writeln!(out, "There is no network yet. Import your own, from another terminal:")?;
            writeln!(out)?;
            writeln!(
                out,
                "  franchise import --data {} --network acme --create-network \"Acme\" --locations locations.csv",
                data.path().display()
            )?;
        }
        Err(error) => return Err(error.into()),
    }
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

fn curl(url: &str, token: &str) -> String {
    format!(
        "  curl -s {url}/graphql -H 'content-type: application/json' -H 'authorization: Bearer {token}' -d '{{\"query\":\"{QUERY}\"}}'"
    )
}
