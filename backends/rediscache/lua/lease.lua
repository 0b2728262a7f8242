-- GetLease: reads, and grants a lease if one is due, in one step: (1) in lease.go.
-- ARGV: the token of the caller, the life of a marker in ms, and refreshBelow in ms ('' means any remaining life).
-- Returns state, value and remaining life, as read returns them, and the lease: '' means none, '+' means a marker with
-- the token, and anything else is the fence of a lease on a present key.
local key, token, life, below = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3]
local state, value, left, marker = read(key)
local lease = ''
if state == MISS then
  -- (2) The marker has the caller's own token if the first reply was lost and the client library sends the call again.
  if not marker or marker == token or not holder(key) then
    mark(key, token, life)
    lease = '+'
  end
elseif state == CORRUPT or below == '' or (left ~= -1 and math.max(left, 1) <= tonumber(below)) then
  lease = fence(key)
end
return {state, value, left, lease}
