select json_build_object('region', json_build_object('ranking', json_build_object('nodes', (
  select json_agg(json_build_object(
    'rank', rank,
    'value', json_build_object('money', money(revenue, b.currency), 'number', null),
    'unit', json_build_object('code', l.code)) order by rank, l.id)
  from ranking(:'region', 30) b join directory_units l on l.id = b.location
))))::text
