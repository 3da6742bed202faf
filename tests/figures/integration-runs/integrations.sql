select json_build_object('integrations', json_build_object('nodes', coalesce(json_agg(json_build_object(
  'integration', i.name,
  'status', i.status,
  'provider', json_build_object('name', p.name, 'category', p.category),
  'unit', json_build_object('kind', i.kind, 'code', i.unit_code, 'name', i.unit_name),
  'recentRuns', (
    select coalesce(json_agg(json_build_object(
      'run', id,
      'trigger', trigger,
      'outcome', outcome,
      'startedAt', instant(started_at),
      'finishedAt', instant(finished_at),
      'recordsRead', records_read,
      'recordsWritten', records_written,
      'recordsFailed', records_failed,
      'error', error)), '[]')
    from (select * from sync_runs where integration_id = i.id order by started_at desc, id desc limit 20) as latest)
  ) order by i.name, i.id), '[]')
))::text
from (select * from below(:'unit') order by name, id limit 100) as i join providers p on p.id = i.provider
