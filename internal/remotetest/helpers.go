package remotetest

import (
	"testing"
	"time"
)

// Await calls done again and again until it returns true.
func Await(t *testing.T, what string, done func() bool) {
	t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(patience); !done(); <-again.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long until %s", what)
		}
	}
}

// Must ends the test if err is not nil.
func Must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Second returns the second result of a call.
func Second[T any](_ T, err error) error { return err }
