-- Fill with a lease that has a marker. ARGV: the token; negative, value and life as in store. Returns 1, or 0 if the
-- lease is lost.
if holder(KEYS[1]) ~= ARGV[1] then return 0 end
store(KEYS[1], ARGV[2], ARGV[3], ARGV[4])
return 1
