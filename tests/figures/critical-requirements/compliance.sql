select json_build_object('network', json_build_object('requirements', json_build_object('nodes', coalesce(json_agg(
  json_build_object(
    'name', r.name,
    'status', r.status,
    'lastReviewDate', last_reviewed_on,
    'penalties', (
      select coalesce(json_agg(json_build_object(
        'description', penalty ->> 'description',
        'amount', case when json_typeof(penalty -> 'amount') = 'array' then json_build_object(
          'amountMinor', penalty -> 'amount' -> 0, 'currency', penalty -> 'amount' -> 1) end)), '[]')
      from json_array_elements(penalties) as penalty),
    'unit', json_build_object('name', unit_name, 'code', unit_code)) order by coalesce(due_on, '9999-12-31'), r.id), '[]'
))))::text
from directory_units n, below(n.id) r
where n.kind = 'NETWORK' and n.code = :'slug' and r.risk = 'CRITICAL' and r.status in ('NON_COMPLIANT', 'EXPIRED')
