package cached

// loadStack is how many bytes of stack a load takes, with a cache in memory and a source that needs little.
const loadStack = 5 << 10

// growStack makes the stack of a new goroutine large enough for a load. A goroutine begins with 2 KiB. If the stack grows in the
// depth of a load, the runtime copies all frames, and does so twice, which takes as long as the rest of the load. Here it has
// hardly a frame to copy. The compiler keeps the room, because it does not know at, a place in it.
//
//go:noinline
func growStack(at int) byte {
	var room [loadStack]byte
	room[at] = 1
	return room[len(room)-1-at]
}
