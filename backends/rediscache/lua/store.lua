-- store replaces whatever is under key, for life in ms ('': for ever): by a value, which is always a plain string, or,
-- unless negative is '', by a negative entry, which is a hash. Should memory be short, the first SET fails, and nothing has
-- changed: after a first write Redis refuses a script nothing more.
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
