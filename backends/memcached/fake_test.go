package memcached_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fakeServer is a scripted server that keeps items. Tests can look at the commands that it got, or make them fail.
type fakeServer struct {
	*scripted

	mu            sync.Mutex
	items         map[string]fakeItem
	lastID        int
	outrun        int    // so many of the next cas find that the item has another CAS ID
	dropped       int    // so many of the next cas are not carried out, and get no answer
	before, after func() // called around each cas, without mu held
}

type fakeItem struct {
	flags, data string
	id          int
}

func newFakeServer(t *testing.T) *fakeServer {
	t.Helper()
	f := &fakeServer{items: make(map[string]fakeItem), before: func() {}, after: func() {}}
	f.scripted = newScripted(t, f.answer)
	return f
}

// conflicts makes the next n cas fail, because the item has another CAS ID by then.
func (f *fakeServer) conflicts(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.outrun = n
}

// hangUp makes the next n cas go without an answer.
func (f *fakeServer) hangUp(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dropped = n
}

// aroundCAS makes the server call before and after around every cas.
func (f *fakeServer) aroundCAS(before, after func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before, f.after = before, after
}

// count returns how many commands began with prefix.
func (f *fakeServer) count(prefix string) int {
	return len(slices.DeleteFunc(f.commands(), func(command string) bool { return !strings.HasPrefix(command, prefix) }))
}

func (f *fakeServer) answer(command, data string) string {
	fields := strings.Fields(command)
	if fields[0] == "cas" {
		f.mu.Lock()
		before, after := f.before, f.after
		f.mu.Unlock()
		before()
		defer after()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch fields[0] {
	case "gets":
		var out strings.Builder
		for _, key := range fields[1:] {
			if item, ok := f.items[key]; ok {
				fmt.Fprintf(&out, "VALUE %s %s %d %d\r\n%s\r\n", key, item.flags, len(item.data), item.id, item.data)
			}
		}
		return out.String() + "END\r\n"
	case "add":
		if _, ok := f.items[fields[1]]; ok {
			return "NOT_STORED\r\n"
		}
	case "cas":
		return f.cas(fields, data)
	case "delete":
		if _, ok := f.items[fields[1]]; !ok {
			return "NOT_FOUND\r\n"
		}
		delete(f.items, fields[1])
		return "DELETED\r\n"
	}
	f.store(fields, data)
	return "STORED\r\n"
}

func (f *fakeServer) cas(fields []string, data string) string {
	item, ok := f.items[fields[1]]
	switch {
	case !ok:
		return "NOT_FOUND\r\n"
	case f.dropped > 0:
		f.dropped--
		return ""
	case f.outrun > 0:
		f.outrun--
		f.lastID++
		item.id = f.lastID
		f.items[fields[1]] = item
		return "EXISTS\r\n"
	case fields[5] != fmt.Sprint(item.id):
		return "EXISTS\r\n"
	}
	f.store(fields, data)
	return "STORED\r\n"
}

// store stores an item, unless its expiry is past.
func (f *fakeServer) store(fields []string, data string) {
	f.lastID++
	f.items[fields[1]] = fakeItem{flags: fields[2], data: data, id: f.lastID}
	if fields[3] == "2592001" {
		delete(f.items, fields[1])
	}
}
