-- Stores a value. ARGV: the value and its life, as in store.
store(KEYS[1], '', ARGV[1], ARGV[2])
return 1
