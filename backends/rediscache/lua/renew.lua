-- Prolongs a lease that has a marker. ARGV: token and seal, and the life in ms from now. Returns 1, or 0 if the lease is
-- lost.
if not stands(KEYS[1], ARGV[1], ARGV[2]) then return 0 end
mark(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
return 1
