select json_build_object('network', json_build_object('locations', json_build_object('nodes', json_agg(json_build_object(
  'code', l.code,
  'name', l.name,
  'address', json_build_object('city', l.city)) order by l.code)
)))::text from locations l join networks n on n.id = l.network_id where n.code = :'slug'
