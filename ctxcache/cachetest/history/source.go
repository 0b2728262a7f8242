package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"sync/atomic"
)

// source has the records that the keys of a history stand for.
type source struct {
	keys     []string
	versions []atomic.Uint64
}

func newSource(keys int) *source {
	s := &source{keys: make([]string, keys), versions: make([]atomic.Uint64, keys)}
	for i := range s.keys {
		s.keys[i] = fmt.Sprint("key", i)
	}
	return s
}

// key returns the index of a key.
func (s *source) key(name string) (int, error) {
	if i := slices.Index(s.keys, name); i >= 0 {
		return i, nil
	}
	return 0, errors.New("history: a load of an unknown key")
}

// change returns the next version of a key.
func (s *source) change(key int) uint64 { return s.versions[key].Add(1) }

// version returns the version of a key.
func (s *source) version(key int) uint64 { return s.versions[key].Load() }

// value returns the value of a key at a version. The value contains the version, a checksum and the key, so that read
// can recognize it.
func (s *source) value(key int, version uint64) []byte {
	value := binary.BigEndian.AppendUint64(make([]byte, 0, 12+len(s.keys[key])), version)
	value = binary.BigEndian.AppendUint32(value, checksum(s.keys[key], version))
	return append(value, s.keys[key]...)
}

// read returns the version of a value. ok reports whether it is a value of key.
func (s *source) read(key int, value []byte) (version uint64, ok bool) {
	if len(value) < 12 || string(value[12:]) != s.keys[key] {
		return 0, false
	}
	version = binary.BigEndian.Uint64(value)
	return version, binary.BigEndian.Uint32(value[8:]) == checksum(s.keys[key], version)
}

func checksum(key string, version uint64) uint32 {
	sum := crc32.ChecksumIEEE(binary.BigEndian.AppendUint64(nil, version))
	return crc32.Update(sum, crc32.IEEETable, []byte(key))
}
