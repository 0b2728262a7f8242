package footprint_test

import "testing"

// The runtime allocates the sizes that the package knows. Append uses all bytes that it gets.
func TestSizesAreTheRuntimes(t *testing.T) {
	for size := 16; size < 100_000; size += 1 + size/100 {
		bytes := append([]byte(nil), make([]byte, size)...)
		check(t, bytes[:0:size], int64(cap(bytes)))
		if size%8 == 0 {
			pointers := append([]*int(nil), make([]*int, size/8)...)
			want := int64(cap(pointers) * 8)
			if size > 512 && size <= 32768-8 {
				want += 8 // the header
			}
			check(t, pointers[:0:size/8], want)
		}
	}
}
