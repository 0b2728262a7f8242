-- Drop of a lease on a present key. It deletes the entry if it is unchanged. ARGV: the fence, as in unchanged. Returns 1,
-- or 0 if the lease is lost.
if not unchanged(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then return 0 end
redis.call('UNLINK', KEYS[1])
return 1
