-- Stores a negative entry. ARGV: its life, as in store.
store(KEYS[1], '1', '', ARGV[1])
return 1
