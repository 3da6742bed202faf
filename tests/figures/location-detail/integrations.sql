select json_build_object('location', json_build_object('integrations', json_build_object('nodes', (
  select coalesce(json_agg(json_build_object(
    'name', page.name, 'status', status, 'healthScore', points::float8,
    'provider', json_build_object('name', p.name))), '[]')
  from (select * from below(l.id) order by name, id limit 10) as page join providers p on p.id = page.provider
))))::text from directory_units l where l.code = :'code' and l.kind = 'LOCATION'
