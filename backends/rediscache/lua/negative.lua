-- Stores a negative entry. ARGV: its life as store wants it.
store(KEYS[1], '1', '', ARGV[1])
return 1
