-- Release of a lease on a present key. It changes nothing in Redis. ARGV: the fence. Returns 1, or 0 if the lease is
-- lost.
return fence(KEYS[1]) == ARGV[1] and 1 or 0
