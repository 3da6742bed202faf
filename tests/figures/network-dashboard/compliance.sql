select json_build_object('network', json_build_object(
  'complianceScore', json_build_object(
    'score', score(n.id),
    'worstRisk', (select risk from below(n.id) where status <> 'COMPLIANT' order by weight desc limit 1),
    'counts', (select json_build_object(
      'total', count(*),
      'nonCompliant', count(*) filter (where status = 'NON_COMPLIANT'),
      'overdue', count(*) filter (where overdue)) from below(n.id))),
  'regions', json_build_object('nodes', (
    select json_object_agg(r.code, json_build_object('complianceScore', score_object(r.id)))
    from directory_units r where r.network_id = n.id and r.kind = 'REGION'))
))::text from directory_units n where n.kind = 'NETWORK' and n.code = :'slug'
