-- fence differs for all that can be under key: two equal ones mean the same content with the same expiry.
local function fence(key)
  local kind = redis.call('TYPE', key).ok
  if kind == 'none' then return '' end
  local content = kind == 'string' and redis.call('GET', key) or redis.call('DUMP', key)
  return redis.sha1hex(kind .. ':' .. content) .. string.format('@%.0f', redis.call('PEXPIRETIME', key))
end
