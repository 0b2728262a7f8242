-- A marker is a hash under the key itself: the token of the lease's holder, and the lease's deadline in ms of the
-- server's clock, which is also when the key expires. Whatever is done to the key, by whomever, ends that equality or the
-- hash, and with it the lease: DEL, SET and FLUSHDB, and EXPIRE and PERSIST too.

-- mark makes a marker, or moves the deadline of one. Should memory be short, HSET fails, and nothing has changed.
local function mark(key, token, life)
  local now = redis.call('TIME')
  local deadline = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000) + life)
  redis.call('HSET', key, '\0L', token, '\0D', deadline)
  redis.call('PEXPIREAT', key, deadline)
end

-- holder returns the token of the lease that is alive on key, or false.
local function holder(key)
  if redis.call('TYPE', key).ok ~= 'hash' then return false end
  local fields = redis.call('HMGET', key, '\0L', '\0D')
  if not fields[1] or tonumber(fields[2]) ~= redis.call('PEXPIRETIME', key) then return false end
  return fields[1]
end
