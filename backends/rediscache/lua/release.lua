-- Release and Drop of a lease that has a marker. ARGV: the token. Returns 1, or 0 if the lease is lost. It removes the
-- marker even if the lease is lost, because nothing else would remove it.
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
if redis.call('HGET', KEYS[1], '\0L') ~= ARGV[1] then return 0 end
local stands = holder(KEYS[1]) == ARGV[1]
redis.call('DEL', KEYS[1])
return stands and 1 or 0
