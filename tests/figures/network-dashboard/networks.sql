select json_build_object('network', json_build_object(
  'name', name,
  'status', status,
  'locationCount', location_count(id),
  'activeChairs', active_chairs(id),
  'regions', json_build_object('nodes', (
    select json_agg(json_build_object('code', code, 'name', name, 'locationCount', location_count(id)) order by name, id)
    from regions r where r.network_id = n.id))
))::text from networks n where code = :'slug'
