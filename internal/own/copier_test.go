package own_test

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/ctxcache/cached/internal/own"
)

type id string

func TestCopierCopiesIntoTheMemoryOfAnOldCopy(t *testing.T) {
	t.Parallel()
	copier := own.CopierOf[id]()
	for _, lengths := range [][2]int{{1, 8}, {8, 1}, {21, 24}, {24, 17}, {100, 97}} {
		old := copier.Copy(id(strings.Repeat("a", lengths[0])))
		if got := copier.Room(old); got < lengths[0] || got > lengths[0]+7 {
			t.Errorf("a copy of %d bytes has room for %d", lengths[0], got)
		}
		memory := unsafe.StringData(string(old))
		want := strings.Repeat("b", lengths[1])
		got := copier.CopyInto(old, id(want))
		if string(got) != want || unsafe.StringData(string(got)) != memory {
			t.Errorf("lengths %v: got %q, in the old memory: %v", lengths, got, unsafe.StringData(string(got)) == memory)
		}
		if again := copier.CopyInto(got, id(strings.Repeat("c", lengths[0]))); unsafe.StringData(string(again)) != memory {
			t.Errorf("lengths %v: the memory of a shorter copy is not used again", lengths)
		}
	}
}

func TestCopierLeavesAnOldCopyOfAnotherLengthAlone(t *testing.T) {
	t.Parallel()
	copier := own.CopierOf[string]()
	for _, lengths := range [][2]int{{8, 9}, {9, 8}, {0, 5}, {5, 0}, {24, 25}} {
		old := copier.Copy(strings.Repeat("a", lengths[0]))
		want := strings.Repeat("b", lengths[1])
		if got := copier.CopyInto(old, want); got != want || old != strings.Repeat("a", lengths[0]) {
			t.Errorf("lengths %v: got %q, and the old copy is %q", lengths, got, old)
		}
	}
}

func TestCopierReusesTheMemoryOfStringsOnly(t *testing.T) {
	t.Parallel()
	type pair struct{ first, second string }
	if !own.CopierOf[id]().Reuses() || own.CopierOf[int]().Reuses() || own.CopierOf[pair]().Reuses() || own.CopierOf[any]().Reuses() {
		t.Error("Reuses is wrong")
	}
	buffer := []byte("ab")
	view := unsafe.String(&buffer[0], 1)
	old := pair{"x", "y"}
	got := own.CopierOf[pair]().CopyInto(old, pair{view, "z"})
	buffer[0] = '-'
	if got != (pair{"a", "z"}) || old != (pair{"x", "y"}) {
		t.Errorf("got %v, and the old copy is %v", got, old)
	}
	boxed := own.CopierOf[any]().Copy(unsafe.String(&buffer[1], 1))
	buffer[1] = '-'
	if boxed != "b" {
		t.Errorf("got %v", boxed)
	}
}
