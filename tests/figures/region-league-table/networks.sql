select json_build_object('region', json_build_object(
  'name', name,
  'ranking', json_build_object('nodes', (
    select json_object_agg(code, json_build_object('unit', json_build_object(
      'name', name, 'code', code, 'status', status)))
    from locations l where l.region_id = r.id))
))::text from regions r where id = :'region'
