-- Removes the marker with the token ARGV[1], even one that lost its lease and that nothing else would remove.
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
if redis.call('HGET', KEYS[1], '\0L') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
