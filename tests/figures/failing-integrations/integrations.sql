select json_build_object('integrations', json_build_object('nodes', coalesce(json_agg(json_build_object(
  'name', i.name,
  'status', i.status,
  'lastError', i.last_error,
  'provider', json_build_object('name', p.name),
  'recentRuns', (
    select coalesce(json_agg(json_build_object('outcome', outcome, 'recordsRead', records_read, 'error', error)), '[]')
    from (select * from sync_runs where integration_id = i.id order by started_at desc, id desc limit 2) as latest),
  'unit', json_build_object('name', i.unit_name, 'code', i.unit_code)) order by i.name, i.id), '[]')
))::text
from below(:'unit') i join providers p on p.id = i.provider where i.status in ('ERROR', 'EXPIRED', 'SUSPENDED')
