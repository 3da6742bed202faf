//! The two demo franchises: brands, regions and cities. Brands and people are invented; cities are real so
//! that time zones and coordinates make sense.

/// A demo franchise.
pub(super) struct Brand {
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
    pub(super) legal_name: &'static str,
    pub(super) brand: &'static str,
    pub(super) currency: &'static str,
    pub(super) country: &'static str,
    /// What a customer pays on an average visit, in minor units.
    pub(super) ticket_minor: f64,
    /// Headquarters: index into the cities of the first region.
    pub(super) headquarters: usize,
    pub(super) regions: &'static [Region],
    pub(super) groups_per_region: usize,
    pub(super) locations_per_group: usize,
    /// The first network year.
    pub(super) established_year: i32,
    /// Fees: what joining costs, the monthly shares in percent, the monthly minimum.
    pub(super) initial_fee_minor: i64,
    pub(super) royalty_percent: f64,
    pub(super) marketing_percent: f64,
    pub(super) minimum_monthly_fee_minor: i64,
}

/// A region of a demo franchise.
pub(super) struct Region {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) cities: &'static [City],
}

/// A city with locations.
pub(super) struct City {
    pub(super) name: &'static str,
    pub(super) state: &'static str,
    /// The beginning of its postal codes; two digits are added.
    pub(super) postal: &'static str,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    pub(super) time_zone: &'static str,
}

const fn city(
    name: &'static str,
    state: &'static str,
    postal: &'static str,
    latitude: f64,
    longitude: f64,
    time_zone: &'static str,
) -> City {
    City { name, state, postal, latitude, longitude, time_zone }
}

/// The franchises of the demo data; the first is the one `franchise token` speaks for by default.
pub(super) const BRANDS: [Brand; 2] = [
    Brand {
        slug: "copper-comb",
        name: "Copper Comb Barbers",
        legal_name: "Copper Comb Franchising LLC",
        brand: "Copper Comb",
        currency: "USD",
        country: "US",
        ticket_minor: 4_200.0,
        headquarters: 0,
        regions: &[
            Region {
                code: "NE",
                name: "Northeast",
                cities: &[
                    city("New York", "NY", "100", 40.713, -74.006, "America/New_York"),
                    city("Boston", "MA", "021", 42.360, -71.059, "America/New_York"),
                    city("Philadelphia", "PA", "191", 39.953, -75.164, "America/New_York"),
                ],
            },
            Region {
                code: "SE",
                name: "Southeast",
                cities: &[
                    city("Atlanta", "GA", "303", 33.749, -84.388, "America/New_York"),
                    city("Miami", "FL", "331", 25.762, -80.192, "America/New_York"),
                    city("Nashville", "TN", "372", 36.163, -86.781, "America/Chicago"),
                ],
            },
            Region {
                code: "MW",
                name: "Midwest",
                cities: &[
                    city("Chicago", "IL", "606", 41.878, -87.630, "America/Chicago"),
                    city("Minneapolis", "MN", "554", 44.978, -93.265, "America/Chicago"),
                    city("Detroit", "MI", "482", 42.331, -83.046, "America/Detroit"),
                ],
            },
            Region {
                code: "SW",
                name: "Southwest",
                cities: &[
                    city("Dallas", "TX", "752", 32.777, -96.797, "America/Chicago"),
                    city("Denver", "CO", "802", 39.739, -104.990, "America/Denver"),
                    city("Phoenix", "AZ", "850", 33.448, -112.074, "America/Phoenix"),
                ],
            },
            Region {
                code: "W",
                name: "West",
                cities: &[
                    city("Los Angeles", "CA", "900", 34.052, -118.244, "America/Los_Angeles"),
                    city("San Francisco", "CA", "941", 37.775, -122.419, "America/Los_Angeles"),
                    city("Seattle", "WA", "981", 47.606, -122.332, "America/Los_Angeles"),
                ],
            },
        ],
        groups_per_region: 7,
        locations_per_group: 6,
        established_year: 2009,
        initial_fee_minor: 3_500_000,
        royalty_percent: 6.0,
        marketing_percent: 2.0,
        minimum_monthly_fee_minor: 75_000,
    },
    Brand {
        slug: "atelier-nord",
        name: "Atelier Nord Coiffure",
        legal_name: "Atelier Nord Franchise SAS",
        brand: "Atelier Nord",
        currency: "EUR",
        country: "FR",
        ticket_minor: 5_600.0,
        headquarters: 0,
        regions: &[
            Region {
                code: "FR-N",
                name: "France Nord",
                cities: &[
                    city("Paris", "Île-de-France", "750", 48.857, 2.352, "Europe/Paris"),
                    city("Lille", "Hauts-de-France", "590", 50.629, 3.057, "Europe/Paris"),
                ],
            },
            Region {
                code: "FR-S",
                name: "France Sud",
                cities: &[
                    city("Lyon", "Auvergne-Rhône-Alpes", "690", 45.764, 4.836, "Europe/Paris"),
                    city("Marseille", "Provence-Alpes-Côte d'Azur", "130", 43.297, 5.370, "Europe/Paris"),
                ],
            },
            Region {
                code: "DE",
                name: "Deutschland",
                cities: &[
                    city("Berlin", "Berlin", "101", 52.520, 13.405, "Europe/Berlin"),
                    city("München", "Bayern", "803", 48.135, 11.582, "Europe/Berlin"),
                ],
            },
            Region {
                code: "IBERIA",
                name: "Iberia",
                cities: &[
                    city("Madrid", "Comunidad de Madrid", "280", 40.417, -3.704, "Europe/Madrid"),
                    city("Lisboa", "Lisboa", "110", 38.722, -9.139, "Europe/Lisbon"),
                ],
            },
            Region {
                code: "FI",
                name: "Suomi",
                cities: &[
                    city("Helsinki", "Uusimaa", "001", 60.170, 24.938, "Europe/Helsinki"),
                    city("Tampere", "Pirkanmaa", "331", 61.498, 23.761, "Europe/Helsinki"),
                ],
            },
        ],
        groups_per_region: 7,
        locations_per_group: 5,
        established_year: 2014,
        initial_fee_minor: 2_800_000,
        royalty_percent: 5.5,
        marketing_percent: 1.5,
        minimum_monthly_fee_minor: 60_000,
    },
];

/// Streets that demo locations stand in.
pub(super) const STREETS: [&str; 24] = [
    "Market",
    "Station",
    "Harbour",
    "Mill",
    "Chapel",
    "Orchard",
    "Bridge",
    "Castle",
    "Garden",
    "Museum",
    "Park",
    "Queen",
    "River",
    "School",
    "Square",
    "Tower",
    "University",
    "Valley",
    "Water",
    "Windsor",
    "Baker",
    "Canal",
    "Elm",
    "Forge",
];

/// Given names of demo people.
pub(super) const GIVEN_NAMES: [&str; 20] = [
    "Ada", "Bruno", "Clara", "Dario", "Elin", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Lars",
    "Mira", "Noah", "Olga", "Pablo", "Rosa", "Sami", "Tilda", "Yusuf",
];

/// Family names of demo people.
pub(super) const FAMILY_NAMES: [&str; 20] = [
    "Abbott", "Berger", "Castillo", "Dumont", "Eriksson", "Fischer", "Garcia", "Hansen", "Ivanova", "Jensen",
    "Keller", "Laurent", "Moreau", "Novak", "Okafor", "Pereira", "Quinn", "Rossi", "Santos", "Virtanen",
];
