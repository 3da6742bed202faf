select json_build_object('network', json_build_object('regions', json_build_object('nodes', (
  select json_object_agg(r.code, json_build_object(
    'performance', json_build_object(
      'figures', case when s.facts > 0 then json_build_object(
        'revenue', money(s.revenue, s.currency),
        'clientsNew', s.new_clients,
        'clientsReturning', s.returning_clients,
        'cancellationRate', ratio(s.cancelled, s.booked)) end,
      'change', change_ratio(r.id, 90)),
    'revenuePerActiveChair', json_build_object('amount', amount(s.revenue / nullif(c.active, 0)))))
  from directory_units r join chairs c on c.unit = r.id, last_days(r.id, 90) s
  where r.network_id = n.id and r.kind = 'REGION'
))))::text from directory_units n where n.kind = 'NETWORK' and n.code = :'slug'
