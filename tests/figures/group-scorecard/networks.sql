select json_build_object('group', json_build_object(
  'code', g.code,
  'name', g.name,
  'franchisee', json_build_object('name', f.name),
  'locations', json_build_object('nodes', (
    select json_agg(json_build_object('code', code) order by code) from locations where group_id = g.id))
))::text from location_groups g join persons f on f.id = g.franchisee_id where g.id = :'group'
