-- Deletes everything in the database, also the hash for publish. KEYS: this hash. ARGV: the channel and a tag.
redis.call('FLUSHDB', 'ASYNC')
publish(KEYS[1], ARGV[1], ARGV[2], '*')
return 1
