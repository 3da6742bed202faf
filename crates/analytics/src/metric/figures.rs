//! The figures of a unit over a window, as GraphQL shows them.

use async_graphql::{Object, SimpleObject};
use subgraph::money::{Long, Money};
use subgraph::sdl::directives::cache_control;

use super::Metric;
use super::fraction::Fraction;
use super::missing::MissingReason;
use super::sums::Sums;

/// What was earned, done and served. Exists only where facts are recorded, so that zero always means zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    total: Sums,
    /// Ordered by currency.
    by_currency: Vec<(String, Sums)>,
    /// Whether some amounts are in several currencies that are not told apart.
    unsplit: bool,
}

impl Figures {
    /// Adds facts in one currency.
    pub(crate) fn add(&mut self, currency: String, sums: Sums) {
        self.total.add(&sums);
        let at = self.by_currency.partition_point(|(known, _)| *known < currency);
        match self.by_currency.get_mut(at) {
            Some((known, known_sums)) if *known == currency => known_sums.add(&sums),
            _ => self.by_currency.insert(at, (currency, sums)),
        }
    }

    /// Adds facts of one location in a first and a last currency: amounts in both are not told apart.
    pub(crate) fn add_between(&mut self, low: String, high: &str, sums: Sums) {
        if low == high {
            self.add(low, sums);
        } else {
            self.total.add(&sums);
            self.unsplit = true;
        }
    }

    /// Whether some amounts are in several currencies that are not told apart.
    pub(crate) fn is_unsplit(&self) -> bool {
        self.unsplit
    }

    /// These figures told apart by currency, where a location may appear under several.
    pub(crate) fn split_as(&mut self, split: Self) {
        let locations = self.total.locations;
        *self = split;
        self.total.locations = locations;
    }

    /// About how many bytes they take.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + self.by_currency.capacity() * size_of::<(String, Sums)>()
    }

    /// Sums over all currencies; the revenue in it means something only where [`Figures::currency`] does.
    pub(crate) fn total(&self) -> &Sums {
        &self.total
    }

    /// The currency of all amounts, if there is just one.
    pub(crate) fn currency(&self) -> Option<&str> {
        match self.by_currency.as_slice() {
            [(currency, _)] if !self.unsplit => Some(currency),
            _ => None,
        }
    }

    /// A metric's figure.
    pub(crate) fn measure(&self, metric: Metric) -> Result<Fraction, MissingReason> {
        if metric.is_money() && self.currency().is_none() {
            return Err(MissingReason::MixedCurrencies);
        }
        metric.of(&self.total).ok_or(MissingReason::NothingToDivideBy)
    }

    fn money(&self, metric: Metric) -> Option<Money> {
        let amount = self.measure(metric).ok()?;
        self.currency().map(|currency| Money::new(amount.rounded(), currency))
    }

    fn ratio(&self, metric: Metric) -> Option<f64> {
        metric.of(&self.total).map(Fraction::to_f64)
    }
}

/// The amounts in one currency.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub(crate) struct CurrencyFigures {
    /// ISO 4217 code.
    currency: String,
    /// Net sales.
    revenue: Money,
    /// Sales in this currency.
    transactions: Long,
    /// Net sales for each sale, rounded to the minor unit; null without a sale.
    average_ticket: Option<Money>,
}

/// What was earned, done and served in a unit over a window. Exists only where facts are recorded: zero means
/// that nothing happened, not that nothing is known.
#[Object(directive = cache_control::apply(None, None, Some(true)))]
impl Figures {
    /// Net sales; null when they are in more than one currency, which are never added: see `byCurrency`.
    async fn revenue(&self) -> Option<Money> {
        self.money(Metric::Revenue)
    }

    /// Net sales for each sale, rounded to the minor unit; null without a sale, and when sales are in more than
    /// one currency: see `byCurrency`.
    async fn average_ticket(&self) -> Option<Money> {
        self.money(Metric::AverageTicket)
    }

    /// Net sales for each hour worked by staff, rounded to the minor unit; null without hours, and when sales
    /// are in more than one currency.
    async fn revenue_per_staff_hour(&self) -> Option<Money> {
        self.money(Metric::RevenuePerStaffHour)
    }

    /// The amounts in each currency, ordered by its code; usually one.
    #[graphql(directive = subgraph::sdl::directives::list_size::apply(Some(2), None, None, None))]
    async fn by_currency(&self) -> Vec<CurrencyFigures> {
        let figures = |(currency, sums): &(String, Sums)| CurrencyFigures {
            currency: currency.clone(),
            revenue: Money::new(sums.revenue, currency),
            transactions: Long(sums.transactions),
            average_ticket: Metric::AverageTicket
                .of(sums)
                .map(|amount| Money::new(amount.rounded(), currency)),
        };
        self.by_currency.iter().map(figures).collect()
    }

    /// Number of sales.
    async fn transactions(&self) -> Long {
        Long(self.total.transactions)
    }

    /// Appointments due in the window, whatever became of them.
    async fn appointments_booked(&self) -> Long {
        Long(self.total.appointments_booked)
    }

    /// Appointments served.
    async fn appointments_completed(&self) -> Long {
        Long(self.total.appointments_completed)
    }

    /// Appointments cancelled by either side.
    async fn appointments_cancelled(&self) -> Long {
        Long(self.total.appointments_cancelled)
    }

    /// Appointments that clients did not keep.
    async fn appointments_no_show(&self) -> Long {
        Long(self.total.appointments_no_show)
    }

    /// Share of booked appointments that clients did not keep, as a ratio 0..1; null without appointments.
    async fn no_show_rate(&self) -> Option<f64> {
        self.ratio(Metric::NoShowRate)
    }

    /// Share of booked appointments that were cancelled, as a ratio 0..1; null without appointments.
    async fn cancellation_rate(&self) -> Option<f64> {
        self.ratio(Metric::CancellationRate)
    }

    /// Clients served; a client who comes on two days counts twice.
    async fn clients_served(&self) -> Long {
        Long(self.total.clients_served)
    }

    /// Clients served for the first time.
    async fn clients_new(&self) -> Long {
        Long(self.total.clients_new)
    }

    /// Clients served who had been there before.
    async fn clients_returning(&self) -> Long {
        Long(self.total.clients_returning)
    }

    /// Share of returning clients among those known to be new or returning, as a ratio 0..1; null without such
    /// clients.
    async fn returning_share(&self) -> Option<f64> {
        self.ratio(Metric::ReturningShare)
    }

    /// Opening minutes times chairs in service.
    async fn chair_minutes_available(&self) -> Long {
        Long(self.total.chair_minutes_available)
    }

    /// Chair minutes that were booked.
    async fn chair_minutes_booked(&self) -> Long {
        Long(self.total.chair_minutes_booked)
    }

    /// Share of available chair minutes that were booked, as a ratio 0..1; null without available minutes.
    async fn utilization(&self) -> Option<f64> {
        self.ratio(Metric::Utilization)
    }

    /// Minutes worked by staff.
    async fn staff_minutes(&self) -> Long {
        Long(self.total.staff_minutes)
    }

    /// Mean of the clients' ratings, 0 to 5 points; null without ratings.
    async fn satisfaction(&self) -> Option<f64> {
        self.ratio(Metric::Satisfaction)
    }

    /// Number of ratings behind `satisfaction`.
    async fn satisfaction_count(&self) -> Long {
        Long(self.total.satisfaction_count)
    }
}
