select json_build_object('me', json_build_object(
  'person', json_build_object('name', p.name),
  'grants', (
    select json_agg(json_build_object(
      'role', m.role,
      'unit', json_build_object('__typename', u.type, 'name', u.name, 'code', u.code)) order by m.id)
    from memberships m join units u on u.id = m.unit_id where m.person_id = p.id)
))::text from persons p where p.id = :'person'
