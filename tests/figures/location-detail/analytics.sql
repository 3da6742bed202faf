select json_build_object('location', json_build_object(
  'performance', json_build_object(
    'figures', case when s.facts > 0 then json_build_object(
      'revenue', money(s.revenue, s.currency),
      'averageTicket', amount(s.revenue / nullif(s.transactions, 0)),
      'noShowRate', ratio(s.no_show, s.booked),
      'satisfaction', ratio(s.satisfaction_sum, s.satisfaction_count * 100)) end,
    'change', change(l.id, 30)),
  'revenuePerActiveChair', json_build_object(
    'amount', money(s.revenue / nullif(c.active, 0), s.currency),
    'missing', case when s.facts = 0 then 'NO_FACTS' when c.active = 0 then 'NO_ACTIVE_CHAIRS' end),
  'peerStanding', standing(l.id, 'REVENUE', 30)
))::text
from directory_units l join chairs c on c.unit = l.id, last_days(l.id, 30) s where l.code = :'code' and l.kind = 'LOCATION'
