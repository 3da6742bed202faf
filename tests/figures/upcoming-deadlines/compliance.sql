select json_build_object('unit', json_build_object(
  'name', u.name,
  'upcomingDeadlines', json_build_object('nodes', (
    select coalesce(json_agg(json_build_object(
      'name', name,
      'risk', risk,
      'dueDate', due_on,
      'nextReviewDate', next_review_on,
      'unit', json_build_object('name', unit_name, 'code', unit_code, 'timeZone', time_zone)) order by deadline, id), '[]')
    from (
      select * from below(u.id) where deadline <= (now() at time zone u.time_zone)::date + 30
      order by deadline, id limit 50) as page))
))::text from directory_units u where u.id = :'unit'
