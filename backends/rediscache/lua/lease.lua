-- GetLease: reads, and grants a lease if one is due, in one step: (1) in lease.go.
-- ARGV: the token of the caller, the life of a marker in ms, and refreshBelow in ms ('' means any remaining life).
-- Returns state, value and remaining life, as read returns them, and the lease:
--   {}                          none
--   {'marker', seal}            a marker with the token and this seal
--   {'fence', expiry, now, ...} a fence: what fence.lua compares; the client adds the content, unless it comes last
local key, token, life, below = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local now = string.format('%.0f', clock())
local state, value, left, marker = read(key)
local lease = {}
if state == MISS then
  if marker == token then
    -- (2) The first reply was lost and the client library has sent the call again. Nothing has ended the lease since.
    local seal = redis.call('HGET', key, '\0S')
    mark(key, token, seal, life)
    lease = {'marker', seal}
  elseif not marker or not alive(key) then
    -- (3) The time is the seal. If the client library sends the call again, and an old copy of it arrives after a DEL,
    -- the marker of that copy has the same token, but another seal.
    mark(key, token, now, life)
    lease = {'marker', now}
  end
elseif state == CORRUPT then
  local seen = content(key)
  if seen then lease = {'fence', expiry(key), now, seen} end
elseif below == '' or (left ~= -1 and math.max(left, 1) <= tonumber(below)) then
  lease = {'fence', expiry(key), now}
end
return {state, value, left, lease}
