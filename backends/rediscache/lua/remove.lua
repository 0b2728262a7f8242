-- Deletes the key. Returns 1 if it had a value, and otherwise 0. A marker or a negative entry is not a value.
local was = redis.call('TYPE', KEYS[1]).ok == 'string'
redis.call('UNLINK', KEYS[1])
return was and 1 or 0
