-- Release and Drop of a lease that has a marker. ARGV: token and seal. Returns 1 if the lease stood. Otherwise it is lost.
-- The script removes the marker of any grant with the token, because nobody else would remove a marker that an old copy of
-- the call has made. If the reply to the grant was lost, the seal is unknown, and ''. The result is 2 if another grant's
-- marker is removed, because that is published, too, and else 0.
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
local fields = redis.call('HMGET', KEYS[1], '\0L', '\0S')
if fields[1] ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return fields[2] == ARGV[2] and 1 or 2
