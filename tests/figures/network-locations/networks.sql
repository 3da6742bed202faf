-- The sort key in a cursor begins with a letter for what the list is sorted by: c for the code.
select json_build_object('network', json_build_object('locations', json_build_object(
  'nodes', json_agg(json_build_object(
    'code', l.code,
    'name', l.name,
    'status', l.status,
    'address', json_build_object('city', l.city),
    'activeChairs', active_chairs(l.id)) order by l.code),
  'pageInfo', json_build_object(
    'hasNextPage', count(*) > 100,
    'endCursor', (array_agg(cursor_of(l.id, 'c' || l.code) order by l.code desc))[1])
)))::text from locations l join networks n on n.id = l.network_id where n.code = :'slug'
