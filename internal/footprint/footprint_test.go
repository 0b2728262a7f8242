package footprint_test

import (
	"bytes"
	"container/list"
	"math/big"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/ctxcache/cached/internal/footprint"
)

// check compares the estimate of value with want.
func check[T any](t *testing.T, value T, want int64) {
	t.Helper()
	if got := footprint.Of[T]()(value); got != want {
		t.Errorf("%T: %d bytes, want %d", value, got, want)
	}
}

// Nothing is behind a value without pointers, nor behind pointers that are nil.
func TestNothing(t *testing.T) {
	check(t, 1, 0)
	check(t, [3]float64{}, 0)
	check(t, struct{}{}, 0)
	check(t, "", 0)
	check(t, []string{}, 0)
	check(t, make([]struct{}, 1000), 0)
	check(t, [0]*int{}, 0)
	check[[]byte](t, nil, 0)
	check[map[string]int](t, nil, 0)
	check[*user](t, nil, 0)
	check[any](t, nil, 0)
	check[error](t, nil, 0)
	check(t, address{}, 0)
	check(t, new(struct{}), 0)
	check(t, make(chan *user, 10), 0)
	check(t, func() {}, 0)
	check(t, unsafe.Pointer(new(int)), 0)
}

// Small integers in interfaces, and empty strings, are not on the heap.
func TestStaticValuesInInterfaces(t *testing.T) {
	check[any](t, 255, 0)
	check[any](t, [3]int{}, 24)
	check[any](t, true, 0)
	check[any](t, "", 0)
	check[any](t, complex(1, 2), 16)
	check[any](t, []byte(nil), 0)
	check[any](t, []byte{}, 24)
	check[any](t, struct{ p *[100]byte }{new([100]byte)}, 112)
	check[any](t, [1]*[100]byte{new([100]byte)}, 112)
}

// An object counts once for each value, however many pointers lead to it.
func TestSharedObjectsCountOnce(t *testing.T) {
	object := new([100]byte)
	objects := make([]*[100]byte, 500) // an object of 4096 bytes, with its header
	for i := range objects {
		objects[i] = object
	}
	check(t, objects, 4096+112)
	check(t, [2]*[100]byte{object, object}, 112)
	check(t, [2]*[100]byte{object, new([100]byte)}, 2*112)
	check(t, [2]any{object, object}, 112)
	names := []string{"0123456789abcdef"}
	check(t, [][]string{names, names}, 48+16+16)
	m := map[int]int{}
	check(t, []map[int]int{m, m, m}, 24+48)
}

// Cycles end.
func TestCycles(t *testing.T) {
	ring := &chain{name: "0123456789abcdef"}
	ring.next = &chain{next: ring}
	check(t, ring, 24+24+16)

	type slices []slices
	s := slices{nil, nil}
	s[0], s[1] = s, s
	check(t, s, 48)

	type maps map[int]maps
	m := maps{}
	m[1] = m
	check(t, m, 48+144)

	anything := []any{nil}
	anything[0] = anything
	check(t, anything, 16+24)

	type pointer *pointer
	var p pointer
	p = &p
	check(t, p, 8)
}

// An atomic.Value may be stored by others meanwhile, so nothing behind it is read.
func TestAtomicValue(t *testing.T) {
	type lazy struct{ result atomic.Value }
	var l lazy
	check(t, &l, 16)
	of := footprint.Of[*lazy]()
	var stores sync.WaitGroup
	stores.Go(func() { l.result.Store([2]string{"0123456789abcdef", ""}) })
	of(&l)
	stores.Wait()
	check(t, &l, 16)
}

// Shared parts of the whole program do not count.
func TestSharedByTheProgram(t *testing.T) {
	check(t, time.Now(), 0)
	check(t, time.Local, 0)
	check(t, reflect.TypeFor[user](), 0)
	check(t, reflect.ValueOf(new(user)), 0)
}

// A struct with a lock may change at any time, so nothing behind it is read.
func TestLocks(t *testing.T) {
	type guarded struct {
		sync.RWMutex
		names map[string]string
	}
	check(t, &guarded{names: map[string]string{"a": "b"}}, 32)
	const name = "0123456789abcdef"
	check(t, &struct {
		guarded
		name string
	}{guarded{names: map[string]string{"a": "b"}}, name}, 48)
	check(t, &struct {
		name   string
		shards [2]guarded
	}{name, [2]guarded{{names: map[string]string{"a": "b"}}}}, 80)
	check(t, &struct {
		*sync.Mutex
		name string
	}{&sync.Mutex{}, name}, 24)
	check(t, &struct { // it guards itself only
		other *guarded
		name  string
	}{&guarded{names: map[string]string{"a": "b"}}, name}, 24+16+32)
}

// Long chains neither overflow the stack nor take forever.
func TestHugeValues(t *testing.T) {
	var c *chain
	for range 300_000 {
		c = &chain{next: c}
	}
	if got := footprint.Of[*chain]()(c); got < 24*50_000 || got > 24*300_000 {
		t.Errorf("%d bytes", got)
	}
	var nested any
	for range 300_000 {
		nested = struct{ inner any }{nested}
	}
	if got := footprint.Of[any]()(nested); got < 16*50_000 || got > 16*300_000 {
		t.Errorf("%d bytes", got)
	}
	lists := [100][100][100][]string{50: {50: {50: {"a"}}}}
	if got := footprint.Of[*[100][100][100][]string]()(&lists); got < 24_000_000 {
		t.Errorf("%d bytes", got)
	}
}

type tree struct {
	children map[string]*tree
	parent   *tree
	payload  any
}

// Any value can be estimated.
func TestOddValues(t *testing.T) {
	type named string
	type embedded struct {
		sync.Mutex
		*Embedded
		atomic.Pointer[user]
		atomic.Value
		_ [0]func()
		_ struct{}
	}
	root := &tree{children: map[string]*tree{}, payload: map[any]any{1: nil, named("x"): &tree{}, 1.5: []any{nil, "y", struct{}{}}, nil: nil}}
	root.children["self"], root.parent = root, root
	l := list.New()
	l.PushBack(root)
	estimateAny := footprint.Of[any]()
	for _, value := range []any{
		nil, root, *root, l, *l, named("x"),
		[]named{"x"},
		map[named][]named{"x": {"y"}},
		embedded{},
		&embedded{},
		[]embedded{{}},
		[2]embedded{},
		[0]string{},
		[1]string{"x"},
		[3][3][3]string{},
		[100][100]string{},
		&[100][100]*string{},
		[1][1][1]*int{},
		(*int)(nil), (**int)(nil), new(*int),
		[]*int{nil},
		map[*int]*int{nil: nil},
		[1]map[int]int{},
		struct{}{},
		[]struct{}{{}},
		map[struct{}]struct{}{{}: {}},
		map[[0]int]*int{{}: nil},
		new(struct{}),
		[1000]struct{}{},
		map[string]any{"a": nil, "b": map[string]any{}},
		map[[200]byte][200]byte{{}: {}},
		map[any]struct{}{struct{ a, b any }{1, "x"}: {}},
		new(any), new(error),
		[]error{nil, bytes.ErrTooLarge},
		struct{ error }{bytes.ErrTooLarge},
		reflect.ValueOf(root),
		[]reflect.Value{reflect.ValueOf(root), {}},
		reflect.TypeFor[int](), reflect.TypeFor[tree]().Method,
		big.NewInt(1).Lsh(big.NewInt(1), 1000), *big.NewRat(1, 3), bytes.NewBufferString("x"), time.NewTimer(time.Hour), time.UTC,
		new(sync.Map), new(sync.Pool), new(sync.WaitGroup), sync.OnceFunc(func() {}), make(chan any), unsafe.Pointer(root),
		complex(1, 2), uintptr(1), int8(1),
		struct{ a func() }{},
		[1]chan int{},
		struct{ m map[string]*tree }{root.children},
		t,
	} {
		if got := estimateAny(value); got < 0 {
			t.Errorf("%T: %d bytes", value, got)
		}
		pointer := reflect.New(reflect.TypeOf(&value).Elem())
		if got := estimateAny(pointer.Interface()); got < int64(unsafe.Sizeof(value)) {
			t.Errorf("*%T: %d bytes", value, got)
		}
	}
	footprint.Of[tree]()(*root)
	footprint.Of[embedded]()(embedded{})
	footprint.Of[[100][]named]()([100][]named{})
}

// Embedded is exported so that a struct can embed a pointer to it, and reflection can set its fields.
type Embedded struct{ Next *Embedded }

// Estimates may run concurrently, the first of a type, too.
func TestConcurrentEstimates(t *testing.T) {
	var wait sync.WaitGroup
	value := map[string]any{"a": newAddress(random()), "b": []any{1000, "text", newUser(random())}}
	want := footprint.Of[any]()(value)
	for range 4 {
		wait.Go(func() {
			type fresh struct{ v any }
			for range 1000 {
				if got := footprint.Of[any]()(value); got != want {
					t.Errorf("%d bytes, want %d", got, want)
				}
				if got := footprint.Of[fresh]()(fresh{value}); got != want {
					t.Errorf("%d bytes, want %d", got, want)
				}
			}
		})
	}
	wait.Wait()
}
