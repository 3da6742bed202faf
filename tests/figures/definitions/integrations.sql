-- The published rule: from 100 points, off for the status, for age at the last full hour, and for an error.
create view health as
  select i.*, greatest(0, 100
    - case when i.status in ('ERROR', 'EXPIRED') then 50 when i.status in ('INACTIVE', 'SUSPENDED') then 30 else 0 end
    - case when last_sync_at is null then 40
        when age > 86400 then least(30, 10 * age / 86400) else 0 end
    - case when last_error is null then 0 else 20 end) as points,
    u.kind, u.region_id, u.group_id, u.code as unit_code, u.name as unit_name
  from integrations i
  join directory_units u on u.id = i.unit_id
  cross join lateral (select extract(epoch from date_trunc('hour', now())) - last_sync_at as age) as aged;

-- The integrations of a unit and everything below it.
create function below(a_unit uuid) returns setof health language sql stable as $$
  select * from health where a_unit in (unit_id, group_id, region_id, network_id)
$$;

create function health_object(a_unit uuid) returns json language sql stable as $$
  select json_build_object('score', avg(points)::float8) from below(a_unit)
$$;

-- The providers of the demo data.
create table providers (id text primary key, name text not null, category text not null);
insert into providers values
  ('franconnect', 'FranConnect', 'FRANCHISE_MANAGEMENT'),
  ('quickbooks_enterprise', 'QuickBooks', 'FINANCIAL_SOFTWARE'),
  ('adp_workforce', 'ADP Workforce Now', 'HR_PAYROLL'),
  ('tableau', 'Tableau', 'BUSINESS_INTELLIGENCE'),
  ('hubspot', 'HubSpot', 'MARKETING_AUTOMATION'),
  ('square_pos', 'Square', 'POS_SYSTEM'),
  ('toast_pos', 'Toast', 'POS_SYSTEM'),
  ('shopify_pos', 'Shopify POS', 'POS_SYSTEM'),
  ('lightspeed', 'Lightspeed', 'POS_SYSTEM');

-- Seconds since the epoch as services write instants.
create function instant(seconds bigint) returns text language sql immutable as $$
  select to_char(to_timestamp(seconds) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')
$$;
