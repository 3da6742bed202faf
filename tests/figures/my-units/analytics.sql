select json_build_object('me', json_build_object('grants', json_object_agg(
  u.code, json_build_object('unit', json_build_object('performance', json_build_object(
    'figures', case when s.facts > 0 then json_build_object('revenue', money(s.revenue, s.currency)) end)))
)))::text from directory_memberships m join directory_units u on u.id = m.unit_id, last_days(u.id, 30) s
where m.person_id = :'person'
