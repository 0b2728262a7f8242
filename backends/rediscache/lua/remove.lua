-- Deletes the key. Returns 1 if it had a value. Neither a marker nor a negative entry counts.
local was = redis.call('TYPE', KEYS[1]).ok == 'string'
redis.call('UNLINK', KEYS[1])
return was and 1 or 0
