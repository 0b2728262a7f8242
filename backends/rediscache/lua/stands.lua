-- Release of a lease on a present key. It changes nothing in Redis. ARGV: the fence, as in unchanged. Returns 1, or 0 if
-- the lease is lost.
return unchanged(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) and 1 or 0
