package footprint_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/ctxcache/cached/internal/footprint"
)

type address struct {
	street, city string
	zip          int
}

type user struct {
	id          int64
	name, email string
	born        time.Time
	tags        []string
	home        *address
	work        *address
}

type chain struct {
	next *chain
	name string
}

// heap returns the bytes of all objects that can be reached.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// measured returns the bytes that n values hold on the heap, and the estimate.
func measured[T any](n int, create func(r *rand.Rand) T) (held, estimated int64) {
	r := rand.New(rand.NewPCG(1, 2))
	bytes := footprint.Of[T]()
	bytes(create(r)) // what is made only once is made now
	values := make([]T, n)
	before := heap()
	for i := range values {
		values[i] = create(r)
	}
	held = heap() - before
	for _, v := range values {
		estimated += bytes(v)
	}
	runtime.KeepAlive(values)
	return held, estimated
}

func text(r *rand.Rand, from, to int) string { return string(make([]byte, from+r.IntN(to-from+1))) }

func newAddress(r *rand.Rand) *address {
	return &address{street: text(r, 5, 60), city: text(r, 5, 30), zip: r.Int()}
}

func newUser(r *rand.Rand) *user {
	u := &user{id: r.Int64(), name: text(r, 5, 30), email: text(r, 10, 40), born: time.Now(), home: newAddress(r)}
	if r.IntN(2) == 0 {
		u.work = newAddress(r)
	}
	for range r.IntN(5) {
		u.tags = append(u.tags, text(r, 3, 12))
	}
	return u
}

func dynamic(r *rand.Rand, depth int) any {
	switch r.IntN(10 - 2*min(depth, 1)) {
	case 0:
		return r.IntN(1000)
	case 1:
		return r.Float64()
	case 2, 3:
		return text(r, 0, 50)
	case 4:
		return newAddress(r)
	case 5:
		return *newAddress(r)
	case 6:
		return make([]byte, r.IntN(100))
	case 7:
		return nil
	case 8:
		var list []any
		for range r.IntN(20) {
			list = append(list, dynamic(r, depth+1))
		}
		return list
	default:
		fields := map[string]any{}
		for range r.IntN(20) {
			fields[text(r, 1, 200)] = dynamic(r, depth+1)
		}
		return fields
	}
}

func mapOf[K comparable, V any](r *rand.Rand, from, to int, key func(i int) K, elem func(i int) V) map[K]V {
	m := map[K]V{}
	for i := range from + r.IntN(to-from+1) {
		m[key(i)] = elem(i)
	}
	return m
}

func name(i int) string    { return "name " + strconv.Itoa(i) }
func number(i int) int     { return i }
func nothing(int) struct{} { return struct{}{} }

// A shape compares the estimate of n values with the heap.
type shape struct {
	name string
	n    int
	run  func(n int) (held, estimated int64)
}

func shapeOf[T any](name string, n int, create func(r *rand.Rand) T) shape {
	return shape{name, n, func(n int) (int64, int64) { return measured(n, create) }}
}

func shapes() []shape {
	type mixed struct {
		_    [3]bool
		data [2][]byte
		any  any
		name fmt.Stringer
	}
	type large struct {
		_    [100]int
		next *large
	}
	many := make([]shape, 0, 40)
	for _, size := range []int{2, 3, 5, 7, 8, 12, 15, 16, 17, 33, 100, 1000, 1100, 10_000, 33_000, 100_000} {
		many = append(many, shapeOf(fmt.Sprint("strings of ", size), max(200, min(50_000, 2_000_000/size)),
			func(r *rand.Rand) string { return text(r, size, size) }))
	}
	for _, size := range []int{0, 1, 8, 9, 14, 15, 100, 890, 900, 1000, 1700, 1792, 1800, 3000, 3584, 5000, 7168, 10_000, 100_000} {
		many = append(many, shapeOf(fmt.Sprint("map[int]struct{} of ", size), max(20, min(5000, 500_000/max(size, 1))),
			func(r *rand.Rand) map[int]struct{} { return mapOf(r, size, size, number, nothing) }))
	}
	return append(
		many,
		shapeOf("strings", 3000, func(r *rand.Rand) string { return text(r, 5, 10_000) }),
		shapeOf("short strings", 10_000, func(r *rand.Rand) string { return text(r, 0, 40) }),
		shapeOf("bytes with spare capacity", 10_000, func(r *rand.Rand) []byte { return make([]byte, r.IntN(100), 100+r.IntN(1000)) }),
		shapeOf("pointers to integers", 10_000, func(r *rand.Rand) *int { return new(r.Int()) }),
		shapeOf("pointers to structs", 10_000, newAddress),
		shapeOf("structs of strings", 10_000, func(r *rand.Rand) address { return *newAddress(r) }),
		shapeOf("users", 10_000, newUser),
		shapeOf("nested pointers", 10_000, func(r *rand.Rand) ***address { return new(new(newAddress(r))) }),
		shapeOf("large objects with pointers", 10_000, func(*rand.Rand) *large { return &large{next: &large{}} }),
		shapeOf("chains", 1000, func(r *rand.Rand) (c *chain) {
			for range r.IntN(100) {
				c = &chain{c, text(r, 5, 50)}
			}
			return c
		}),
		shapeOf("slices of structs", 2000, func(r *rand.Rand) (list []address) {
			for range r.IntN(100) {
				list = append(list, *newAddress(r))
			}
			return list
		}),
		shapeOf("slices of pointers", 2000, func(r *rand.Rand) (list []*address) {
			for range r.IntN(100) {
				list = append(list, newAddress(r))
			}
			return list
		}),
		shapeOf("long slices of strings", 5, func(r *rand.Rand) (list []string) {
			for range 50_000 {
				list = append(list, text(r, 10, 200), text(r, 5, 5))
			}
			return list
		}),
		shapeOf("slices of slices of strings", 5, func(r *rand.Rand) (list [][]string) {
			for range 2000 {
				inner := make([]string, r.IntN(50))
				for i := range inner {
					inner[i] = text(r, 10, 200)
				}
				list = append(list, inner)
			}
			return list
		}),
		shapeOf("small maps of strings", 5000, func(r *rand.Rand) map[string]string {
			return mapOf(r, 0, 8, name, func(int) string { return text(r, 5, 50) })
		}),
		shapeOf("maps of strings", 500, func(r *rand.Rand) map[string]string {
			return mapOf(r, 9, 900, name, func(int) string { return text(r, 5, 50) })
		}),
		shapeOf("large maps of strings", 5, func(r *rand.Rand) map[string]string {
			return mapOf(r, 10_000, 50_000, name, func(int) string { return text(r, 5, 50) })
		}),
		shapeOf("maps of large entries", 100, func(r *rand.Rand) map[[200]byte]large {
			return mapOf(r, 0, 200, func(i int) [200]byte { return [200]byte{byte(i)} }, func(int) large { return large{} })
		}),
		shapeOf("maps of bytes", 500, func(r *rand.Rand) map[uint8]bool {
			return mapOf(r, 0, 200, func(i int) uint8 { return uint8(i) }, func(int) bool { return true })
		}),
		shapeOf("maps made for their size", 500, func(r *rand.Rand) map[int]int {
			n := r.IntN(3000)
			m := make(map[int]int, n)
			for i := range n {
				m[i] = i
			}
			return m
		}),
		shapeOf("interfaces", 10_000, func(r *rand.Rand) any { return dynamic(r, 0) }),
		shapeOf("arrays", 10_000, func(r *rand.Rand) [20]string { return [20]string{text(r, 5, 50), 10: text(r, 5, 500)} }),
		shapeOf("pointers to arrays", 10_000, func(r *rand.Rand) *[100]address { return &[100]address{50: *newAddress(r)} }),
		shapeOf("addresses of the network", 10_000, func(r *rand.Rand) *netip.Addr {
			return new(netip.AddrFrom4([4]byte{byte(r.Int())}))
		}),
		shapeOf("mixed structs", 10_000, func(r *rand.Rand) mixed {
			return mixed{data: [2][]byte{make([]byte, r.IntN(500)), nil}, any: dynamic(r, 1), name: time.Duration(r.Int64())}
		}),
	)
}

// The estimate of each shape, and of all together, is within 10 % of the heap.
func TestWithinTenPercent(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var sumHeld, sumEstimated int64
	for _, s := range shapes() {
		held, estimated := s.run(s.n)
		off := float64(estimated-held) / float64(max(held, 1)) * 100
		t.Logf("%-40s %10d estimated %10d (%+.1f %%)", s.name, held/int64(s.n), estimated/int64(s.n), off)
		if off < -10 || off > 10 {
			t.Errorf("%s: %d bytes on the heap, estimated %d (%+.1f %%)", s.name, held, estimated, off)
		}
		sumHeld += held
		sumEstimated += estimated
	}
	if off := float64(sumEstimated-sumHeld) / float64(sumHeld); off < -0.1 || off > 0.1 {
		t.Errorf("%d bytes on the heap, estimated %d (%+.1f %%)", sumHeld, sumEstimated, off*100)
	}
}
