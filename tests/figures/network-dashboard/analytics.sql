select json_build_object('network', json_build_object(
  'performance', json_build_object(
    'from', y - 29,
    'to', y,
    'figures', json_build_object(
      'revenue', money(s.revenue, s.currency),
      'averageTicket', amount(s.revenue / s.transactions),
      'transactions', s.transactions,
      'utilization', ratio(s.minutes_booked, s.minutes_available),
      'noShowRate', ratio(s.no_show, s.booked),
      'returningShare', ratio(s.returning_clients, s.new_clients + s.returning_clients),
      'satisfaction', ratio(s.satisfaction_sum, s.satisfaction_count * 100)),
    'change', change(n.id, 30),
    'series', (
      select json_agg(json_build_object('start', week, 'figures',
        case when b.facts > 0 then json_build_object('revenue', amount(b.revenue)) end) order by week)
      from generate_series(date_trunc('week', (y - 29)::timestamp), y, interval '7 days') as weeks(start),
        cast(weeks.start as date) as week,
        sums(n.id, greatest(week, y - 29), least(week + 6, y)) as b)),
  'regions', json_build_object('nodes', (
    select json_object_agg(r.code, json_build_object(
      'performance', json_build_object(
        'figures', case when f.facts > 0 then json_build_object(
          'revenue', money(f.revenue, f.currency),
          'utilization', ratio(f.minutes_booked, f.minutes_available)) end,
        'change', change_ratio(r.id, 30))))
    from directory_units r, last_days(r.id, 30) f where r.network_id = n.id and r.kind = 'REGION')),
  'ranking', json_build_object('nodes', (
    select json_agg(json_build_object(
      'rank', rank,
      'value', json_build_object('money', amount(revenue)),
      'unit', json_build_object('name', l.name, 'code', l.code)) order by rank, l.id)
    from (select * from ranking(n.id, 30) order by revenue desc, location limit 5) best
    join directory_units l on l.id = best.location))
))::text
from directory_units n, yesterday(n.id) y, last_days(n.id, 30) s where n.kind = 'NETWORK' and n.code = :'slug'
