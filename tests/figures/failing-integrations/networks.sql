select json_build_object('integrations', json_build_object('nodes', json_object_agg(l.code, json_build_object(
  'unit', json_build_object('manager', json_build_object('name', m.name, 'email', m.email))
))))::text from locations l join persons m on m.id = l.manager_id where :'unit' in (l.id, l.group_id, l.region_id, l.network_id)
