package shrinking

import "maps"

// Map is a map that gives memory back when nearly all of its entries have left. A Go map keeps the memory that it once had.
// The zero value is empty. It may not be used concurrently.
type Map[K comparable, V any] struct {
	entries map[K]V
	most    int // how many entries the map has had since it was made
}

const (
	large = 1 << 10 // a map that had so many entries is worth a new one
	few   = 1 << 6  // so many are moved in a moment
)

// Len returns the number of entries.
func (m *Map[K, V]) Len() int { return len(m.entries) }

// Get returns the value of key, or the zero value.
func (m *Map[K, V]) Get(key K) V { return m.entries[key] }

// Set sets the value of key.
func (m *Map[K, V]) Set(key K, value V) {
	if m.entries == nil {
		m.entries = make(map[K]V)
	}
	m.entries[key] = value
	m.most = max(m.most, len(m.entries))
}

// Delete removes key. It takes constant time.
func (m *Map[K, V]) Delete(key K) {
	delete(m.entries, key)
	if m.most < large || len(m.entries) > few {
		return
	}
	old := m.entries
	m.entries, m.most = make(map[K]V, len(old)), len(old)
	maps.Copy(m.entries, old)
}

// All yields all entries. Entries may be deleted meanwhile.
func (m *Map[K, V]) All(yield func(K, V) bool) {
	for key, value := range m.entries {
		if !yield(key, value) {
			return
		}
	}
}
