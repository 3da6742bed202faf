select json_build_object('network', json_build_object('locations', json_build_object('nodes', json_object_agg(
  l.code, json_build_object('performance', json_build_object('figures', case when s.facts > 0 then json_build_object(
    'revenue', money(s.revenue, s.currency),
    'transactions', s.transactions,
    'utilization', ratio(s.minutes_booked, s.minutes_available)) end))
))))::text
from directory_units n join directory_units l on l.network_id = n.id and l.kind = 'LOCATION', last_days(l.id, 30) s
where n.kind = 'NETWORK' and n.code = :'slug'
