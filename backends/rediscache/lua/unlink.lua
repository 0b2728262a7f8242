-- Deletes KEYS, except the last one, which is for publish.
for i = 1, #KEYS - 1 do redis.call('UNLINK', KEYS[i]) end
return 1
