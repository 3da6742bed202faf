-- Requirements in force with what the day in their unit's time zone makes of them.
create view standing as
  select r.*, u.kind, u.region_id, u.group_id, u.code as unit_code, u.name as unit_name, u.time_zone,
    case when outcome = 'COMPLIANT' and next_review_on < today then 'EXPIRED'
      when outcome in ('COMPLIANT', 'NON_COMPLIANT') then outcome else 'PENDING' end as status,
    coalesce(due_on < today, false) and outcome <> 'COMPLIANT' as overdue,
    case risk when 'LOW' then 1 when 'MEDIUM' then 2 when 'HIGH' then 4 when 'CRITICAL' then 8 end as weight,
    least(case when outcome <> 'COMPLIANT' then due_on end, next_review_on) as deadline
  from requirements r
  join directory_units u on u.id = r.unit_id
  cross join lateral (select (now() at time zone u.time_zone)::date as today) as zone
  where retired_at is null;

-- The requirements of a unit and everything below it.
create function below(a_unit uuid) returns setof standing language sql stable as $$
  select * from standing where a_unit in (unit_id, group_id, region_id, network_id)
$$;

-- 100 times the weight that is met over all weight, to two decimals.
create function score(a_unit uuid) returns float8 language sql stable as $$
  select (round(10000 * coalesce(sum(weight) filter (where status = 'COMPLIANT'), 0)::numeric / sum(weight), 0) / 100)::float8
  from below(a_unit)
$$;

create function score_object(a_unit uuid) returns json language sql stable as $$
  select json_build_object('score', score(a_unit))
$$;
