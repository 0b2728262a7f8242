-- Fill with a lease on a present key. ARGV: the fence; negative, value and life as in store. Returns 1, or 0 if the lease
-- is lost.
-- (3) The fence differs after any other write.
if fence(KEYS[1]) ~= ARGV[1] then return 0 end
store(KEYS[1], ARGV[2], ARGV[3], ARGV[4])
return 1
