-- The end of a script that has changed KEYS, except the last one, which is for publish. ARGV ends with the channel and a
-- tag. Change and message are one step. If the server ran only one of them, near copies would stay.
local changed = {}
for i = 1, #KEYS - 1 do changed[i] = #KEYS[i] .. ':' .. KEYS[i] end
publish(KEYS[#KEYS], ARGV[#ARGV - 1], ARGV[#ARGV], table.concat(changed))
return result
