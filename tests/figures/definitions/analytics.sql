-- The last complete day in a unit's time zone.
create function yesterday(a_unit uuid) returns date language sql stable as $$
  select (now() at time zone time_zone)::date - 1 from directory_units where id = a_unit
$$;

-- Everything recorded of a unit's locations over some days.
create function sums(a_unit uuid, from_day date, to_day date) returns table (
  facts bigint, currency text, revenue numeric, transactions numeric, booked numeric, cancelled numeric,
  no_show numeric, served numeric, new_clients numeric, returning_clients numeric, minutes_available numeric,
  minutes_booked numeric, satisfaction_sum numeric, satisfaction_count numeric
) language sql stable as $$
  select count(*), min(f.currency), sum(f.revenue), sum(f.transactions), sum(f.appointments_booked),
    sum(f.appointments_cancelled), sum(f.appointments_no_show), sum(f.clients_served), sum(f.clients_new),
    sum(f.clients_returning), sum(f.chair_minutes_available), sum(f.chair_minutes_booked),
    sum(f.satisfaction_sum), sum(f.satisfaction_count)
  from daily_facts f join directory_units l on l.id = f.location_id
  where a_unit in (l.id, l.group_id, l.region_id, l.network_id) and f.date between from_day and to_day
$$;

-- The same over the last complete days.
create function last_days(a_unit uuid, days int) returns table (
  facts bigint, currency text, revenue numeric, transactions numeric, booked numeric, cancelled numeric,
  no_show numeric, served numeric, new_clients numeric, returning_clients numeric, minutes_available numeric,
  minutes_booked numeric, satisfaction_sum numeric, satisfaction_count numeric
) language sql stable as $$
  select s.* from yesterday(a_unit) y, sums(a_unit, y - days + 1, y) s
$$;

-- An amount, rounded to the minor unit; null when there is none.
create function money(amount numeric, currency text) returns json language sql immutable as $$
  select case when amount is not null
    then json_build_object('amountMinor', round(amount)::bigint, 'currency', currency) end
$$;

create function amount(amount numeric) returns json language sql immutable as $$
  select case when amount is not null then json_build_object('amountMinor', round(amount)::bigint) end
$$;

create function ratio(part numeric, whole numeric) returns float8 language sql immutable as $$
  select part::float8 / nullif(whole, 0)::float8
$$;

-- How revenue changed against as many days before.
create function change(a_unit uuid, days int) returns json language sql stable as $$
  select json_build_object(
    'ratio', case when this.facts > 0 and before.facts > 0
      then ratio(this.revenue - before.revenue, before.revenue) end,
    'missing', case when this.facts = 0 then 'NO_FACTS' when before.facts = 0 then 'NO_FACTS_BEFORE'
      when before.revenue = 0 then 'ZERO_BEFORE' end)
  from yesterday(a_unit) y, sums(a_unit, y - days + 1, y) this, sums(a_unit, y - 2 * days + 1, y - days) before
$$;

create function change_ratio(a_unit uuid, days int) returns json language sql stable as $$
  select json_build_object('ratio', change(a_unit, days) -> 'ratio')
$$;

-- Chairs in use are known to the networks service; the test copies them here.
create table chairs (unit uuid primary key, active bigint not null);

-- Locations of a unit by revenue, best first.
create function ranking(a_unit uuid, days int) returns table (
  rank bigint, location uuid, revenue numeric, currency text
) language sql stable as $$
  select rank() over (order by s.revenue desc), l.id, s.revenue, s.currency
  from directory_units l, yesterday(a_unit) y, sums(l.id, y - days + 1, y) s
  where l.kind = 'LOCATION' and a_unit in (l.network_id, l.region_id, l.group_id, l.id) and s.facts > 0
$$;

-- Where a location stands among the operating locations of its network with figures: the percentage of the
-- others that are worse, equal ones counting half.
create function standing(a_location uuid, metric text, days int) returns json language sql stable as $$
  with operating as (
    select l.id from directory_units l
    where l.kind = 'LOCATION' and l.network_id = (select network_id from directory_units where id = a_location)
      and not exists (select from directory_units above
        where above.id in (l.id, l.group_id, l.region_id, l.network_id) and above.status <> 'ACTIVE')
  ), figures as (
    select o.id, case metric
      when 'REVENUE' then s.revenue
      when 'UTILIZATION' then s.minutes_booked / nullif(s.minutes_available, 0)
      when 'SATISFACTION' then s.satisfaction_sum / nullif(s.satisfaction_count, 0)
      -- Fewer are better.
      when 'NO_SHOW_RATE' then - s.no_show / nullif(s.booked, 0)
    end as value
    from operating o, yesterday(a_location) y, sums(o.id, y - days + 1, y) s where s.facts > 0
  ), own as (
    select value from figures where id = a_location
  ), counted as (
    select count(*) as others, count(*) filter (where f.value < own.value) as worse,
      count(*) filter (where f.value = own.value) as equal
    from figures f, own where f.id <> a_location and f.value is not null
  ), missing as (
    select case
      when a_location not in (select id from operating) then 'NOT_OPERATING'
      when not exists (select from own) then 'NO_FACTS'
      when (select value from own) is null then 'NOTHING_TO_DIVIDE_BY'
      when (select others from counted) < 4 then 'COHORT_TOO_SMALL'
    end as reason
  )
  select json_build_object(
    'percentile', case when reason is null then ratio((2 * worse + equal) * 100, 2 * others) end,
    'cohortSize', case when reason is null or reason = 'COHORT_TOO_SMALL' then others + 1 else 0 end,
    'missing', reason)
  from missing, counted
$$;
