-- fence returns a hash of the content and the expiry of key. Two fences are equal only if both are the same. (4) They
-- are then equal even if the content was stored again.
local function fence(key)
  local kind = redis.call('TYPE', key).ok
  if kind == 'none' then return '' end
  local content = kind == 'string' and redis.call('GET', key) or redis.call('DUMP', key)
  return redis.sha1hex(kind .. ':' .. content) .. string.format('@%.0f', redis.call('PEXPIRETIME', key))
end
