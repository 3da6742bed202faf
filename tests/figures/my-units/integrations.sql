select json_build_object('me', json_build_object('grants', json_object_agg(
  u.code, json_build_object('unit', json_build_object('integrationHealth', health_object(u.id)))
)))::text from directory_memberships m join directory_units u on u.id = m.unit_id where m.person_id = :'person'
