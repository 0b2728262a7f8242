package funcvars_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
)

// A load outlives its caller, who then changes the arguments: a string that is a view of a buffer, and a slice. The load
// keeps those that it was called with.
func TestLoadKeepsItsArguments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load := func(_ context.Context, id string, tags []string) (string, error) {
			time.Sleep(time.Minute)
			return fmt.Sprint(id, tags), nil
		}
		wrap(t, newStore(), &load, nil)
		buffer := []byte("alice")
		tags := []string{unsafe.String(&buffer[0], len(buffer))}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := load(ctx, unsafe.String(&buffer[0], len(buffer)), tags); err != context.DeadlineExceeded {
			t.Fatal(err)
		}
		copy(buffer, "mally")
		tags[0] = "other"
		if got, err := load(t.Context(), "alice", []string{"alice"}); got != "alice[alice]" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}
