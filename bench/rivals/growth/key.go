package growth

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"unsafe"
)

// keyBuffer makes keys without allocations, as a program does that builds the key of a request in a buffer. A list of all
// keys would take the place of the cache in the processor's caches.
type keyBuffer [21]byte

// digits is where a key has its number.
const digits = 5

func newKeyBuffer() *keyBuffer {
	k := &keyBuffer{}
	copy(k[:], "user:00000000:profile")
	return k
}

// key returns the key with number n. It is valid until the next call.
func (k *keyBuffer) key(n uint32) string {
	var number [4]byte
	binary.BigEndian.PutUint32(number[:], n)
	hex.Encode(k[digits:digits+8], number[:])
	return unsafe.String(&k[0], len(k))
}

// numberOf returns the number of a key.
func numberOf(key string) (uint32, error) {
	if len(key) != len(keyBuffer{}) {
		return 0, fmt.Errorf("the cache has a key of %d bytes that nobody wrote", len(key))
	}
	n, err := strconv.ParseUint(key[digits:digits+8], 16, 32)
	return uint32(n), err
}
