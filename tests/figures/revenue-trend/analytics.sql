select json_build_object('unit', json_build_object(
  'kind', u.kind,
  'name', u.name,
  'performance', json_build_object('series', (
    select json_agg(json_build_object('start', month, 'figures', case when b.facts > 0 then json_build_object(
      'revenue', money(b.revenue, b.currency),
      'transactions', b.transactions,
      'clientsServed', b.served) end) order by month)
    from generate_series(date_trunc('month', (y - 364)::timestamp), y, interval '1 month') as months(start),
      cast(months.start as date) as month,
      sums(u.id, greatest(month, y - 364), least(cast(month + interval '1 month' as date) - 1, y)) as b))
))::text from directory_units u, yesterday(u.id) y where u.id = :'unit'
