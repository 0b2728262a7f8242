-- Moves the deadline of a lease that has a marker. ARGV: the token, and the life in ms from now. Returns 1, or 0 if the
-- lease is lost.
if holder(KEYS[1]) ~= ARGV[1] then return 0 end
mark(KEYS[1], ARGV[1], tonumber(ARGV[2]))
return 1
