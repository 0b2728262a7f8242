package cached

// loadStack is how many bytes of stack a load takes, with a cache in memory and a source that needs little.
const loadStack = 5 << 10

// growStack makes the stack of a new goroutine large enough for a load. A goroutine begins with 2 KiB. If it first needs more in
// the depth of the load, the runtime copies all frames above, twice, and that takes as long as the rest of the load. Here it has
// next to nothing to copy. At is a place in the room, which the compiler does not know, so that it keeps the room.
//
//go:noinline
func growStack(at int) byte {
	var room [loadStack]byte
	room[at] = 1
	return room[len(room)-1-at]
}
