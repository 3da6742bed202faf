select json_build_object('region', json_build_object('ranking', json_build_object('nodes', (
  select json_object_agg(code, json_build_object('unit', json_build_object('integrationHealth', health_object(id))))
  from directory_units where region_id = :'region' and kind = 'LOCATION'
))))::text
