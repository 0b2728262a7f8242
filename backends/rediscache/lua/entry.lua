-- GetEntry. Returns state, value, remaining life.
local state, value, left = read(KEYS[1])
return {state, value, left}
