-- What a list gives out as the cursor of a row: id and sort key, base64url without padding.
create function cursor_of(id uuid, key text) returns text language sql immutable as $$
  select rtrim(translate(encode(uuid_send(id) || convert_to(key, 'UTF8'), 'base64'), E'+/\n', '-_'), '=')
$$;
