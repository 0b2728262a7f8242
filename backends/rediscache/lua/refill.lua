-- Fill with a lease on a present key. ARGV: the fence, as in unchanged; negative, value and life as in store. Returns 1,
-- or 0 if the lease is lost.
-- (4) The fence differs after any other write.
if not unchanged(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then return 0 end
store(KEYS[1], ARGV[5], ARGV[6], ARGV[7])
return 1
