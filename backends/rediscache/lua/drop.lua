-- Drop of a lease on a present key. It deletes the entry if it is unchanged. ARGV: the fence. Returns 1, or 0 if the
-- lease is lost.
if fence(KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('UNLINK', KEYS[1])
return 1
