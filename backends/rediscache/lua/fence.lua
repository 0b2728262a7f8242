-- miniredis, a Redis for tests, computes PEXPIRETIME from a time to live that stands still: its reply moves with the
-- clock. It is written in Go, and so is its Lua.
local moves = rawget(_G, '_GOPHER_LUA_VERSION') ~= nil

-- expiry returns when key expires, in ms by the server's clock, and '-1' if it never does. It returns '' if the server
-- cannot say so: PEXPIRETIME is in Redis 7.0 and later, and may be forbidden.
local function expiry(key)
  if moves then return '' end
  local at = redis.pcall('PEXPIRETIME', key)
  if type(at) ~= 'number' then return '' end
  return string.format('%.0f', at)
end

-- content returns something that is the same only for the same content, or false if the server does not have it.
local function content(key)
  local kind = redis.call('TYPE', key).ok
  if kind == 'string' then return 's' .. redis.sha1hex(redis.call('GET', key)) end
  if kind == 'hash' and redis.call('HEXISTS', key, '\0N') == 1 then return 'n' end
  local dump = redis.pcall('DUMP', key)
  return type(dump) == 'string' and kind .. redis.sha1hex(dump)
end

-- unchanged reports whether key has the content and the expiry of the grant. Was is its remaining life at the grant, in
-- ms, and at is the time of the grant, in microseconds. They count if the server could not say the expiry: the remaining
-- life must have shrunk, and by no more than the time that has passed.
-- (5) They are also the same if the same content was stored again with the same expiry.
local function unchanged(key, before, expires, was, at)
  if expires ~= '' then
    if expiry(key) ~= expires then return false end
  else
    local left = redis.call('PTTL', key)
    local passed = (clock() - at) / 1000 -- after PTTL, because the server may be delayed in between
    was = tonumber(was)
    if left < 0 or was < 0 then
      if left ~= was then return false end
    elseif left > was or left < was - passed - 3 then -- the times are rounded to ms
      return false
    end
  end
  return content(key) == before
end
