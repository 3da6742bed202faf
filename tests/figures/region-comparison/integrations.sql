select json_build_object('network', json_build_object('regions', json_build_object('nodes', (
  select json_object_agg(r.code, json_build_object('integrationHealth', health_object(r.id)))
  from directory_units r where r.network_id = n.id and r.kind = 'REGION'
))))::text from directory_units n where n.kind = 'NETWORK' and n.code = :'slug'
