select json_build_object('network', json_build_object('requirements', json_build_object('nodes', json_object_agg(
  u.code, json_build_object('unit', json_build_object('activeChairs', active_chairs(u.id)))
))))::text from units u join networks n on n.id = u.network_id where n.code = :'slug'
