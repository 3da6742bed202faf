//! Two years of daily figures for a demo location.
//!
//! Every day is drawn from the location's own numbers and that day alone, so a later start of the demo adds
//! the days in between and changes none that exist.

use chrono::{Datelike, NaiveDate, Weekday};

use super::random::Random;

/// Assumptions behind the demo figures. Nothing here describes a real business.
mod assumed {
    /// Visits per active chair on an average open day.
    pub(super) const VISITS_PER_CHAIR: f64 = 7.5;
    /// Growth of a mature location per year, as a share.
    pub(super) const YEARLY_GROWTH: f64 = 0.06;
    /// How far the yearly wave swings around its mean; it peaks before the holidays.
    pub(super) const SEASONAL_SWING: f64 = 0.12;
    /// Day of the year on which the yearly wave peaks.
    pub(super) const SEASONAL_PEAK_DAY: f64 = 345.0;
    /// A new location starts at this share of a mature one's visits ...
    pub(super) const OPENING_SHARE: f64 = 0.4;
    /// ... and reaches it after this many days.
    pub(super) const RAMP_UP_DAYS: f64 = 240.0;
    /// Share of visits that come without an appointment.
    pub(super) const WALK_IN_SHARE: f64 = 0.22;
    /// Share of appointments that are cancelled in time.
    pub(super) const CANCELLED_SHARE: f64 = 0.06;
    /// Share of appointments nobody comes to.
    pub(super) const NO_SHOW_SHARE: f64 = 0.045;
    /// Share of transactions that are product sales without a visit.
    pub(super) const PRODUCT_SALE_SHARE: f64 = 0.08;
    /// A product sale as a share of a visit's ticket.
    pub(super) const PRODUCT_SALE_VALUE: f64 = 0.55;
    /// Chair time of a visit, in minutes.
    pub(super) const VISIT_MINUTES: f64 = 38.0;
    /// Share of clients who come for the first time, in a mature location.
    pub(super) const NEW_CLIENT_SHARE: f64 = 0.18;
    /// Share of clients who answer the satisfaction question.
    pub(super) const ANSWER_SHARE: f64 = 0.25;
    /// Mean answer of an average location, on the scale 0 to 5.
    pub(super) const SATISFACTION: f64 = 4.3;
    /// Staff on duty per active chair, as a share of opening time.
    pub(super) const STAFFING: f64 = 0.92;

    /// Visits relative to an average open day, Monday first.
    pub(super) const WEEKDAYS: [f64; 7] = [0.72, 0.84, 0.92, 1.02, 1.24, 1.42, 0.68];
}

/// What makes a demo location's figures its own.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// Its number in the whole demo.
    pub(super) number: u64,
    pub(super) active_chairs: i32,
    /// First day of business.
    pub(super) opened_on: NaiveDate,
    /// The first day without business, for locations that closed.
    pub(super) closed_on: Option<NaiveDate>,
    /// Opening minutes, Monday first; 0 is a day of rest.
    pub(super) open_minutes: [i32; 7],
    /// How well it does relative to an average location.
    pub(super) strength: f64,
    /// Average ticket in minor units.
    pub(super) ticket_minor: f64,
}

/// One day of one location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) date: NaiveDate,
    pub(super) revenue_minor: i64,
    pub(super) transactions: i64,
    pub(super) booked: i64,
    pub(super) completed: i64,
    pub(super) cancelled: i64,
    pub(super) no_show: i64,
    pub(super) served: i64,
    pub(super) new_clients: i64,
    pub(super) chair_minutes_available: i64,
    pub(super) chair_minutes_booked: i64,
    pub(super) staff_minutes: i64,
    pub(super) satisfaction_sum: i64,
    pub(super) satisfaction_count: i64,
}

impl Site {
    /// The open days in `from..=through`.
    pub(super) fn days(
        &self,
        seed: u64,
        from: NaiveDate,
        through: NaiveDate,
    ) -> impl Iterator<Item = Day> + '_ {
        let from = from.max(self.opened_on);
        from.iter_days()
            .take_while(move |day| *day <= through && self.closed_on.is_none_or(|closed| *day < closed))
            .filter_map(move |date| self.day(seed, date))
    }

    /// Figures of one day; `None` on a day of rest.
    fn day(&self, seed: u64, date: NaiveDate) -> Option<Day> {
        let open = i64::from(*self.open_minutes.get(weekday(date))?);
        if open == 0 {
            return None;
        }
        let mut random =
            Random::new(seed ^ self.number, "day", u64::try_from(date.num_days_from_ce()).unwrap_or(0));
        let chairs = i64::from(self.active_chairs);
        let chair_minutes_available = chairs * open;
        let visits = self.expected_visits(date) * (1.0 + 0.13 * random.normal());
        let capacity = chair_minutes_available as f64 / assumed::VISIT_MINUTES;
        let served = random.count(visits.min(capacity * 0.97)).max(0);

        let walk_ins = random.count(served as f64 * assumed::WALK_IN_SHARE).min(served);
        let completed = served - walk_ins;
        let kept = 1.0 - assumed::CANCELLED_SHARE - assumed::NO_SHOW_SHARE;
        let cancelled = random.count(completed as f64 / kept * assumed::CANCELLED_SHARE);
        let no_show = random.count(completed as f64 / kept * assumed::NO_SHOW_SHARE / self.strength);
        let product_sales = random.count(served as f64 * assumed::PRODUCT_SALE_SHARE);
        let new_clients = random.count(served as f64 * self.new_client_share(date)).min(served);
        let satisfaction_count = random.count(served as f64 * assumed::ANSWER_SHARE).min(served);
        let satisfaction_sum = (0..satisfaction_count).map(|_| self.answer(&mut random)).sum();
        let visit_minutes = assumed::VISIT_MINUTES * (1.0 + 0.05 * random.normal());
        let ticket = self.ticket_minor * (1.0 + 0.04 * random.normal());
        let revenue = served as f64 * ticket + product_sales as f64 * ticket * assumed::PRODUCT_SALE_VALUE;
        Some(Day {
            date,
            revenue_minor: revenue.round().max(0.0) as i64,
            transactions: served + product_sales,
            booked: completed + cancelled + no_show,
            completed,
            cancelled,
            no_show,
            served,
            new_clients,
            chair_minutes_available,
            chair_minutes_booked: ((served as f64 * visit_minutes) as i64).min(chair_minutes_available),
            staff_minutes: (chair_minutes_available as f64 * assumed::STAFFING) as i64,
            satisfaction_sum,
            satisfaction_count,
        })
    }

    fn expected_visits(&self, date: NaiveDate) -> f64 {
        let year_share = (f64::from(date.ordinal()) - assumed::SEASONAL_PEAK_DAY) / 365.25;
        let season = 1.0 + assumed::SEASONAL_SWING * (std::f64::consts::TAU * year_share).cos();
        let weekday = assumed::WEEKDAYS.get(weekday(date)).copied().unwrap_or(1.0);
        let growth = (1.0 + assumed::YEARLY_GROWTH).powf(self.age_in_days(date) / 365.25);
        let mature = (self.age_in_days(date) / assumed::RAMP_UP_DAYS).min(1.0);
        let ramp_up = assumed::OPENING_SHARE + (1.0 - assumed::OPENING_SHARE) * mature;
        // Growth is counted from opening but capped, so that the oldest locations are not the largest by far.
        f64::from(self.active_chairs)
            * assumed::VISITS_PER_CHAIR
            * self.strength
            * season
            * weekday
            * ramp_up
            * growth.min(1.35)
    }

    fn new_client_share(&self, date: NaiveDate) -> f64 {
        let novelty = 1.0 - (self.age_in_days(date) / assumed::RAMP_UP_DAYS).min(1.0);
        assumed::NEW_CLIENT_SHARE + (1.0 - assumed::NEW_CLIENT_SHARE) * 0.6 * novelty
    }

    /// One answer on the scale 0 to 5.
    fn answer(&self, random: &mut Random) -> i64 {
        let mean = assumed::SATISFACTION + (self.strength - 1.0);
        (mean + 0.7 * random.normal()).round().clamp(0.0, 5.0) as i64
    }

    fn age_in_days(&self, date: NaiveDate) -> f64 {
        (date - self.opened_on).num_days().max(0) as f64
    }
}

/// Monday is 0.
fn weekday(date: NaiveDate) -> usize {
    match date.weekday() {
        Weekday::Mon => 0,
        Weekday::Tue => 1,
        Weekday::Wed => 2,
        Weekday::Thu => 3,
        Weekday::Fri => 4,
        Weekday::Sat => 5,
        Weekday::Sun => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        Site {
            number: 3,
            active_chairs: 6,
            opened_on: NaiveDate::from_ymd_opt(2024, 3, 1).unwrap(),
            closed_on: NaiveDate::from_ymd_opt(2025, 3, 1),
            open_minutes: [540, 540, 540, 540, 600, 600, 0],
            strength: 1.0,
            ticket_minor: 4_000.0,
        }
    }

    fn days(from: NaiveDate, through: NaiveDate) -> Vec<Day> {
        site().days(1, from, through).collect()
    }

    #[test]
    fn a_longer_period_changes_no_day_of_a_shorter_one() {
        let from = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
        let short = days(from, NaiveDate::from_ymd_opt(2024, 6, 30).unwrap());
        let long = days(from, NaiveDate::from_ymd_opt(2025, 6, 30).unwrap());
        assert_eq!(short, long[..short.len()]);
    }

    #[test]
    fn business_ends_at_closing_and_rests_on_sundays() {
        let days = days(NaiveDate::MIN, NaiveDate::from_ymd_opt(2026, 1, 1).unwrap());
        assert_eq!(days.first().unwrap().date, site().opened_on);
        assert!(
            days.iter().all(|day| day.date < site().closed_on.unwrap() && day.date.weekday() != Weekday::Sun)
        );
    }

    #[test]
    fn the_parts_of_a_day_fit_together() {
        for day in days(NaiveDate::MIN, NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()) {
            assert_eq!(day.booked, day.completed + day.cancelled + day.no_show, "{day:?}");
            assert!(day.completed <= day.served && day.new_clients <= day.served, "{day:?}");
            assert!(day.chair_minutes_booked <= day.chair_minutes_available, "{day:?}");
            assert!(day.satisfaction_sum <= 5 * day.satisfaction_count, "{day:?}");
        }
    }
}
