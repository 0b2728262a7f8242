-- Fill with a lease that has a marker. ARGV: token and seal; negative, value and life as in store. Returns 1, or 0 if the
-- lease is lost.
if not stands(KEYS[1], ARGV[1], ARGV[2]) then return 0 end
store(KEYS[1], ARGV[3], ARGV[4], ARGV[5])
return 1
