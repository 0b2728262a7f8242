-- read returns the state of key, its value, its remaining life in ms (-1 means for ever), and the token of a marker, even
-- if its lease is lost, or false.
--
-- It looks up an absent key as often as a key with a value. The server counts lookups, and its hit ratio should be the
-- ratio that callers see.
local MISS, VALUE, NEGATIVE, CORRUPT = 0, 1, 2, 3

local function read(key)
  local kind = redis.call('TYPE', key).ok
  local left = redis.call('PTTL', key)
  if kind == 'string' or kind == 'none' then
    local value = redis.call('GET', key)
    if value then return VALUE, value, left, false end
    return MISS, '', 0, false
  end
  if kind == 'hash' then
    local fields = redis.call('HMGET', key, '\0N', '\0L')
    if fields[1] then return NEGATIVE, '', left, false end
    if fields[2] then return MISS, '', 0, fields[2] end
  end
  return CORRUPT, '', left, false
end
