select json_build_object('unit', json_build_object('requirements', json_build_object('nodes', (
  select coalesce(json_agg(json_build_object(
    'id', id,
    'name', name,
    'type', requirement_type,
    'jurisdiction', jurisdiction,
    'risk', risk,
    'status', status,
    'overdue', overdue,
    'dueDate', due_on,
    'lastReviewDate', last_reviewed_on,
    'nextReviewDate', next_review_on,
    'unit', json_build_object('kind', kind, 'code', unit_code, 'name', unit_name)) order by due_on nulls last, id), '[]')
  from (select * from below(u.id) order by due_on nulls last, id limit 100) as page)
)))::text from directory_units u where u.id = :'unit'
