select json_build_object('group', json_build_object('complianceScore', score_object(:'group')))::text
