select json_build_object('network', json_build_object(
  'name', name,
  'regions', json_build_object('nodes', (
    select json_agg(json_build_object('code', code, 'name', name, 'activeChairs', active_chairs(id)) order by code, id)
    from regions r where r.network_id = n.id))
))::text from networks n where code = :'slug'
