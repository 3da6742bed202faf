//! Where units are, and when they are open.

use networks::bulk::{Address, Coordinates, OpeningPeriod, Weekday};

use super::super::brands::{City, STREETS};
use super::super::random::Random;

/// Opening hours, from and to: Monday to Friday, Saturday, Sunday; `None` is a day of rest.
pub(super) type Habit = [Option<(u32, u32)>; 3];

/// The habits there are.
pub(super) const HABITS: [Habit; 3] = [
    [Some((9, 18)), Some((9, 17)), None],
    [Some((10, 20)), Some((9, 18)), Some((11, 16))],
    [Some((8, 17)), Some((8, 15)), None],
];

const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// A made-up address in a city.
pub(super) fn address(random: &mut Random, city: Option<&City>, country: &str) -> Address {
    let street = random.pick(&STREETS).copied().unwrap_or("Main");
    Address {
        street: Some(format!("{} {street} Street", random.integer(1, 400))),
        street2: None,
        city: city.map(|city| city.name.to_owned()),
        subdivision: city.map(|city| city.state.to_owned()),
        postal_code: city.map(|city| format!("{}{:02}", city.postal, random.integer(1, 99))),
        country: country_of(city, country).to_owned(),
    }
}

/// The European brand works in several countries; the time zone's city tells which.
fn country_of<'a>(city: Option<&City>, headquarters: &'a str) -> &'a str {
    match city.map(|city| city.time_zone) {
        Some("Europe/Berlin") => "DE",
        Some("Europe/Madrid") => "ES",
        Some("Europe/Lisbon") => "PT",
        Some("Europe/Helsinki") => "FI",
        _ => headquarters,
    }
}

/// A rectangle around cities.
pub(super) fn outline(cities: &[City]) -> Vec<Coordinates> {
    let margin = 1.0;
    let bounds = |value: fn(&City) -> f64| {
        let low = cities.iter().map(value).fold(f64::INFINITY, f64::min);
        let high = cities.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
        (low - margin, high + margin)
    };
    let (south, north) = bounds(|city| city.latitude);
    let (west, east) = bounds(|city| city.longitude);
    [(south, west), (south, east), (north, east), (north, west)]
        .map(|(latitude, longitude)| Coordinates { latitude, longitude })
        .to_vec()
}

/// The habit's hours on a weekday, Monday being 0.
fn on_weekday(habit: Habit, day: usize) -> Option<(u32, u32)> {
    habit.get(day.saturating_sub(4)).copied().flatten()
}

/// The opening hours of a habit.
pub(super) fn hours(habit: Habit) -> Vec<OpeningPeriod> {
    let period = |(day, weekday): (usize, &Weekday)| {
        let (opens, closes) = on_weekday(habit, day)?;
        Some(OpeningPeriod {
            weekday: *weekday,
            opens: format!("{opens:02}:00"),
            closes: format!("{closes:02}:00"),
        })
    };
    WEEK.iter().enumerate().filter_map(period).collect()
}

/// How many minutes of each weekday it is open.
pub(super) fn minutes(habit: Habit) -> [i32; 7] {
    std::array::from_fn(|day| {
        on_weekday(habit, day).map_or(0, |(opens, closes)| (closes - opens) as i32 * 60)
    })
}
