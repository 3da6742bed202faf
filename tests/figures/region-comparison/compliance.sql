select json_build_object('network', json_build_object('regions', json_build_object('nodes', (
  select json_object_agg(r.code, json_build_object('complianceScore', json_build_object(
    'score', score(r.id),
    'counts', (select json_build_object('overdue', count(*) filter (where overdue)) from below(r.id)))))
  from directory_units r where r.network_id = n.id and r.kind = 'REGION'
))))::text from directory_units n where n.kind = 'NETWORK' and n.code = :'slug'
