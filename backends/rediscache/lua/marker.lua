-- A marker is a hash under the key itself. It has the token of the lease and the deadline of the lease, in ms by the
-- server's clock. The key expires at the same deadline. The lease stands only while the hash exists and both deadlines
-- are equal. So these commands end the lease, whichever client sends them: DEL, SET and FLUSHDB remove the hash, and
-- EXPIRE and PERSIST change one of the deadlines.

-- mark makes a marker, or moves the deadline of a marker. If the server is out of memory, HSET fails before anything has
-- changed.
local function mark(key, token, life)
  local now = redis.call('TIME')
  local deadline = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000) + life)
  redis.call('HSET', key, '\0L', token, '\0D', deadline)
  redis.call('PEXPIREAT', key, deadline)
end

-- holder returns the token of the lease that stands on key, or false.
local function holder(key)
  if redis.call('TYPE', key).ok ~= 'hash' then return false end
  local fields = redis.call('HMGET', key, '\0L', '\0D')
  if not fields[1] or tonumber(fields[2]) ~= redis.call('PEXPIRETIME', key) then return false end
  return fields[1]
end
