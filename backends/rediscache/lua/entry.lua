-- GetEntry. Returns state, value and remaining life, as read returns them.
local state, value, left = read(KEYS[1])
return {state, value, left}
