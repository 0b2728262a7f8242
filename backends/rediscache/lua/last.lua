-- Returns the tag of the last message, see publish. If there is none, it sends an empty message, unless the account may
-- not do that: then it returns null. ARGV: the channel, and a tag for the message. PERSIST is as in message.lua.
local tag = redis.call('HGET', KEYS[1], 'tag')
if tag then return tag end
local sent = pcall(function()
  redis.pcall('PERSIST', KEYS[1])
  publish(KEYS[1], ARGV[1], ARGV[2], '')
end)
return sent and ARGV[2]
