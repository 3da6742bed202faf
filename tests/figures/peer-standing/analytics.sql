select json_build_object('location', json_build_object(
  'name', name,
  'revenue', standing(id, 'REVENUE', 90),
  'utilization', standing(id, 'UTILIZATION', 90),
  'satisfaction', standing(id, 'SATISFACTION', 90),
  'noShowRate', standing(id, 'NO_SHOW_RATE', 90)
))::text from directory_units where code = :'code' and kind = 'LOCATION'
