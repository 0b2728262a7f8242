-- Publish. KEYS: the hash for publish. ARGV: what changed, the channel and a tag. PERSIST undoes what another client may
-- have done. It also is a write that works when the memory is full. After that, the server does not refuse HSET.
redis.pcall('PERSIST', KEYS[1])
publish(KEYS[1], ARGV[2], ARGV[3], ARGV[1])
return 1
