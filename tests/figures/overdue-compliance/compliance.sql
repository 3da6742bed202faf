select json_build_object('overdueRequirements', json_build_object(
  'nodes', coalesce(json_agg(json_build_object(
    'name', name,
    'type', requirement_type,
    'risk', risk,
    'status', status,
    'dueDate', due_on,
    'nextReviewDate', next_review_on,
    'unit', json_build_object('kind', kind, 'name', unit_name, 'code', unit_code)) order by due_on, id), '[]'),
  'pageInfo', json_build_object(
    'hasNextPage', count(*) > 50,
    'endCursor', (array_agg(cursor_of(id, due_on::text) order by due_on desc, id desc))[1])
))::text from below(:'unit') where overdue
