select json_build_object('network', json_build_object(
  'integrationHealth', json_build_object(
    'score', (select avg(points)::float8 from below(n.id)),
    'total', (select count(*) from below(n.id)),
    'byStatus', (
      select json_agg(json_build_object('status', status, 'count', number)
        order by array_position(array['PENDING', 'ACTIVE', 'INACTIVE', 'SUSPENDED', 'ERROR', 'EXPIRED'], status))
      from (select status, count(*) as number from below(n.id) group by status) as counted)),
  'regions', json_build_object('nodes', (
    select json_object_agg(r.code, json_build_object('integrationHealth', health_object(r.id)))
    from directory_units r where r.network_id = n.id and r.kind = 'REGION'))
))::text from directory_units n where n.kind = 'NETWORK' and n.code = :'slug'
