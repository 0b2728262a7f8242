-- A marker is a hash under the key itself, with these fields:
--   \0L  the token of the request that was granted the lease
--   \0S  the seal of the grant: the server's time in microseconds
--   \0D  the deadline in ms by the server's clock, which counts at a grant only
--   \0T  the life that the deadline was made with, in ms
-- DEL, UNLINK, SET and FLUSHDB of any client remove the hash. The key also expires by itself, when its life has passed.

-- mark makes a marker, or prolongs a marker. If the server is out of memory, HSET fails before anything has changed.
local function mark(key, token, seal, life)
  local deadline = string.format('%.0f', math.floor(clock() / 1000) + life)
  redis.call('HSET', key, '\0L', token, '\0S', seal, '\0D', deadline, '\0T', life)
  redis.call('PEXPIRE', key, life)
end

-- stands reports whether key has the marker of the grant with this token and this seal.
local function stands(key, token, seal)
  if redis.call('TYPE', key).ok ~= 'hash' then return false end
  local fields = redis.call('HMGET', key, '\0L', '\0S')
  return fields[1] == token and fields[2] == seal
end

-- alive reports whether the holder of a marker may still be loading. A PERSIST or EXPIRE may keep a marker beyond its
-- deadline. If the deadline is further away than the life allows, the clock was set back, and nobody knows when the
-- holder renewed the marker.
local function alive(key)
  local fields = redis.call('HMGET', key, '\0D', '\0T')
  local deadline, life = tonumber(fields[1] or ''), tonumber(fields[2] or '')
  if not deadline then return false end
  local left = deadline - clock() / 1000
  return left > 0 and (not life or left <= life + 1000) -- versions of this package without seals stored no life
end
