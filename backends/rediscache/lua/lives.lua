-- Returns the remaining lives of keys in ms: -1 means for ever, and -2 that the key is absent. It has any number of keys,
-- so it is not for clusters.
local lives = {}
for i, key in ipairs(KEYS) do lives[i] = redis.call('PTTL', key) end
return lives
