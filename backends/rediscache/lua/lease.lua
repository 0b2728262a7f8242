-- GetLease: read, and grant what is due, in one step.
-- ARGV: the token of the caller, the life of a lease in ms, refreshBelow in ms ('': whatever remains).
-- Returns state, value, remaining life, and the lease: '' is none, '+' a marked one, and else it is the fence of a refresh.
local key, token, life, below = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3]
local state, value, left, marker = read(key)
local lease = ''
if state == MISS then
  -- The token is the caller's own if the client library sends the same call again, having lost the first reply.
  if not marker or marker == token or not holder(key) then
    mark(key, token, life)
    lease = '+'
  end
elseif state == CORRUPT or below == '' or (left ~= -1 and math.max(left, 1) <= tonumber(below)) then
  lease = fence(key)
end
return {state, value, left, lease}
