select json_build_object('unit', json_build_object(
  'name', u.name,
  'integrationHealth', (select json_build_object('score', avg(points)::float8, 'total', count(*)) from below(u.id)),
  'integrations', json_build_object(
    'nodes', (
      select coalesce(json_agg(json_build_object(
        'name', page.name,
        'status', status,
        'syncFrequency', sync_frequency,
        'healthScore', points::float8,
        'provider', json_build_object('id', p.id, 'name', p.name, 'category', p.category),
        'unit', json_build_object('kind', kind, 'name', unit_name, 'code', unit_code)) order by page.name, page.id), '[]')
      from (select * from below(u.id) order by name, id limit 50) as page join providers p on p.id = page.provider),
    'pageInfo', (
      select json_build_object(
        'hasNextPage', count(*) > 50,
        'endCursor', (array_agg(cursor_of(page.id, page.name) order by page.name desc, page.id desc) filter (where place <= 50))[1])
      from (select *, row_number() over (order by name, id) as place from below(u.id)) as page))
))::text from directory_units u where u.id = :'unit'
