select json_build_object('network', json_build_object('locations', json_build_object('nodes', json_object_agg(
  l.code, json_build_object('integrationHealth', health_object(l.id))
))))::text
from directory_units n join directory_units l on l.network_id = n.id and l.kind = 'LOCATION'
where n.kind = 'NETWORK' and n.code = :'slug'
