-- publish sends a message on a channel. Each message has a tag, and names the message before it: last is a hash that has
-- the tag of the last one. So a watcher that knows a message notices if the next one it gets does not follow it. Numbers
-- could be the expected ones by chance after a restart, or on a replica that has become the master. If HSET is refused
-- after PUBLISH, the next message does not follow, either.
local function publish(last, channel, tag, body)
  local before = redis.call('HGET', last, 'tag') or ''
  redis.call('PUBLISH', channel, before .. ' ' .. tag .. ' ' .. body)
  redis.call('HSET', last, 'tag', tag)
end
