select json_build_object('location', json_build_object(
  'name', l.name,
  'status', l.status,
  'timeZone', l.time_zone,
  'openedOn', l.opened_on,
  'address', json_build_object(
    'street', l.street, 'city', l.city, 'postalCode', l.postal_code, 'country', l.country),
  'chairs', json_build_object('total', l.chairs_total, 'active', l.chairs_active),
  'openingHours', l.opening_hours,
  'manager', json_build_object('name', m.name),
  'region', json_build_object('name', r.name)
))::text
from locations l join regions r on r.id = l.region_id join persons m on m.id = l.manager_id where l.code = :'code'
