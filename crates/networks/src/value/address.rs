//! Postal addresses, and what clients may say of them.

use async_graphql::{InputObject, SimpleObject};
use subgraph::mutation::Checks;
use subgraph::sdl::directives::cache_control;

/// The longest line of an address, in characters.
const MAX_LINE: usize = 255;

/// The longest postal code, in characters.
pub(crate) const MAX_POSTAL_CODE: usize = 20;

/// The codes of ISO 3166-1 alpha-2.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT \
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS \
    LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI \
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG \
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG \
    UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub struct Address {
    /// Street and number; null when only the place is known.
    pub street: Option<String>,
    /// Suite, floor, building.
    pub street2: Option<String>,
    /// City; null when not recorded.
    pub city: Option<String>,
    /// State, province or county; null where addresses have none.
    pub subdivision: Option<String>,
    /// Postal code; null where there is none.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
}

/// A postal address.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct AddressInput {
    /// Street and number; at most 255 characters.
    pub street: Option<String>,
    /// Suite, floor, building; at most 255 characters.
    pub street2: Option<String>,
    /// City; at most 255 characters.
    pub city: Option<String>,
    /// State, province or county; at most 255 characters.
    pub subdivision: Option<String>,
    /// Postal code; at most 20 characters.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 code, two capital letters.
    pub country: String,
}

impl AddressInput {
    /// The address, checked as the input's field.
    pub(crate) fn check(&self, checks: &mut Checks, field: &str) -> Address {
        let mut line = |name: &str, text: &Option<String>, max: usize| {
            checks.optional_text(&format!("{field}.{name}"), text.as_deref(), max)
        };
        let address = Address {
            street: line("street", &self.street, MAX_LINE),
            street2: line("street2", &self.street2, MAX_LINE),
            city: line("city", &self.city, MAX_LINE),
            subdivision: line("subdivision", &self.subdivision, MAX_LINE),
            postal_code: line("postalCode", &self.postal_code, MAX_POSTAL_CODE),
            country: self.country.clone(),
        };
        if !is_country_code(&self.country) {
            checks.refuse(&format!("{field}.country"), "must be an ISO 3166-1 alpha-2 code such as `US`");
        }
        address
    }
}

fn is_country_code(text: &str) -> bool {
    text.len() == 2 && COUNTRIES.split(' ').any(|code| code == text)
}

#[cfg(test)]
mod tests {
    use super::{COUNTRIES, is_country_code};

    #[test]
    fn countries_are_known_by_their_code_as_it_is_written() {
        assert_eq!(COUNTRIES.split(' ').count(), 249);
        for code in ["AD", "CA", "DE", "US", "ZW"] {
            assert!(is_country_code(code), "{code}");
        }
        for text in ["", "us", "USA", "UK", "EU", "ZZ", "S "] {
            assert!(!is_country_code(text), "{text}");
        }
    }
}
