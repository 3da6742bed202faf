select json_build_object('group', json_build_object(
  'performance', json_build_object(
    'figures', case when s.facts > 0 then json_build_object(
      'revenue', money(s.revenue, s.currency), 'transactions', s.transactions) end,
    'change', change_ratio(g.id, 30)),
  'locations', json_build_object('nodes', (
    select json_object_agg(l.code, json_build_object('performance', json_build_object(
      'figures', case when f.facts > 0 then json_build_object('revenue', amount(f.revenue)) end)))
    from directory_units l, last_days(l.id, 30) f where l.group_id = g.id and l.kind = 'LOCATION'))
))::text from directory_units g, last_days(g.id, 30) s where g.id = :'group'
