-- store replaces everything under key. If negative is '', it stores value as a plain string, and otherwise a negative
-- entry, which is a hash. Life is in ms; '' means for ever. If the server is out of memory, the first SET fails before
-- anything has changed. After the first write of a script, Redis does not refuse its other writes.
local function store(key, negative, value, life)
  if negative == '' and life ~= '' then
    redis.call('SET', key, value, 'PX', life)
    return
  end
  redis.call('SET', key, value)
  if negative ~= '' then
    redis.call('DEL', key)
    redis.call('HSET', key, '\0N', '')
    if life ~= '' then redis.call('PEXPIRE', key, life) end
  end
end
