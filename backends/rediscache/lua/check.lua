-- Check. It tries each command that the other scripts need, and changes nothing: the key is absent, and HSET has a field
-- without a value. PEXPIRETIME and DUMP are left out, because the scripts do without them. ARGV: '1' if leases are
-- wanted, else ''. Returns the names of the commands that failed, each with the message of its error after it.
local key, leases = KEYS[1], ARGV[1] ~= ''
local failed = {}
local function try(name, ...)
  local reply = redis.pcall(name, ...)
  if type(reply) == 'table' and reply.err then
    table.insert(failed, name)
    table.insert(failed, reply.err)
  end
end
try('TYPE', key)
try('PTTL', key)
try('GET', key)
try('HMGET', key, 'field')
try('SET', key, '', 'XX')
try('DEL', key)
try('UNLINK', key)
try('HSET', key, 'field', '', 'another')
try('PEXPIRE', key, 1)
if leases then
  try('TIME')
  try('HGET', key, 'field')
  try('HEXISTS', key, 'field')
end
return failed
