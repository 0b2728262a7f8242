-- clock returns the server's time in microseconds. Lua's numbers hold it exactly.
local function clock()
  local now = redis.call('TIME')
  return now[1] * 1000000 + now[2]
end
