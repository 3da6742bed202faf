-- Locations in business: they and every unit above them are active.
create view operating as
  select l.* from locations l
  join location_groups g on g.id = l.group_id and g.status = 'ACTIVE'
  join regions r on r.id = l.region_id and r.status = 'ACTIVE'
  join networks n on n.id = l.network_id and n.status = 'ACTIVE'
  where l.status = 'ACTIVE';

create function location_count(a_unit uuid) returns bigint language sql stable as $$
  select count(*) from operating where a_unit in (id, group_id, region_id, network_id)
$$;

create function active_chairs(a_unit uuid) returns bigint language sql stable as $$
  select coalesce(sum(chairs_active), 0) from operating where a_unit in (id, group_id, region_id, network_id)
$$;

-- Every unit by the id that other services know it by.
create view units as
  select id, network_id, code, name, 'Network' as type from networks
  union all select id, network_id, code, name, 'Region' from regions
  union all select id, network_id, code, name, 'Group' from location_groups
  union all select id, network_id, code, name, 'Location' from locations;
