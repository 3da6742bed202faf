select json_build_object('network', json_build_object('locations', json_build_object('nodes', json_object_agg(
  l.code, json_build_object('performance', json_build_object('series', (
    select json_agg(json_build_object('day', day::date, 'figures', case when s.facts > 0 then json_build_object(
      'revenue', money(s.revenue, s.currency),
      'transactions', s.transactions,
      'clientsServed', s.served,
      'appointmentsBooked', s.booked,
      'appointmentsNoShow', s.no_show,
      'utilization', ratio(s.minutes_booked, s.minutes_available),
      'satisfaction', ratio(s.satisfaction_sum, s.satisfaction_count * 100)) end) order by day)
    from yesterday(l.id) y, generate_series((y - 29)::timestamp, y, interval '1 day') as day,
      sums(l.id, day::date, day::date) s))
)))))::text
from directory_units n join directory_units l on l.network_id = n.id and l.kind = 'LOCATION'
where n.kind = 'NETWORK' and n.code = :'slug'
