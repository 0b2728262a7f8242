// Package footprint estimates how many bytes of the heap a value holds.
//
//	bytes := footprint.Of[User]() // once per type
//	bytes(user)                   // what user points to, without the User itself
//
// The estimate follows strings, slices, pointers, interfaces, maps, arrays and structs, through unexported fields, too.
// It rounds each object up to the size that the runtime allocates. For values that share nothing it is within 10 % of
// the heap.
//
// It is an estimate, because a value does not show everything:
//   - An object counts once per value, even if several pointers lead to it. An object that two values share counts for
//     both. A constant string counts, although it is not on the heap.
//   - A string counts by its own length. Substrings of one text, such as the parts of a parsed URL, count each, and one
//     that keeps a long text in memory counts as short. A slice counts from where it begins.
//   - A map does not shrink when entries are deleted. It counts as if it never had more entries than now.
//   - Of a slice, array or map with more than 1,000 elements, 1,000 are looked at, and stand for all. Containers within
//     containers are sampled more thinly. If many pointers in such a container lead to few objects, the estimate is too
//     high. One estimate looks at some 100,000 parts, and ignores the rest.
//   - Nothing is counted behind channels, functions and unsafe pointers, nor behind pointers that usually lead to
//     something that the whole program shares: [time.Location], [reflect.Type], [unique.Handle], and the descriptors of
//     protocol buffers.
//   - Nothing is counted behind the fields of a struct that has a [sync.Mutex], [sync.RWMutex] or [sync.Once]: other
//     goroutines may change them at any time, so reading them would be a race. The same holds for an [sync/atomic.Value].
//
// An estimate only reads the value. Nobody may change the value meanwhile.
package footprint
