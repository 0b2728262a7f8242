-- Fill of a refresh lease. ARGV: the fence, negative, value, life as store wants them. Returns 1, or 0 if the lease is lost.
if fence(KEYS[1]) ~= ARGV[1] then return 0 end
store(KEYS[1], ARGV[2], ARGV[3], ARGV[4])
return 1
