select json_build_object('location', json_build_object(
  'complianceScore', score_object(l.id),
  'requirements', json_build_object('nodes', (
    select coalesce(json_agg(json_build_object(
      'name', name, 'status', status, 'risk', risk, 'nextReviewDate', next_review_on)), '[]')
    from (select * from below(l.id) order by coalesce(due_on, '9999-12-31'), id limit 10) as page))
))::text from directory_units l where l.code = :'code' and l.kind = 'LOCATION'
