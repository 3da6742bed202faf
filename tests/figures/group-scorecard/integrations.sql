select json_build_object('group', json_build_object('integrationHealth', health_object(:'group')))::text
