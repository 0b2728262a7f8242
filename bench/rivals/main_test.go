package main_test

import (
	"testing"

	"go.uber.org/goleak"
)

// The goroutine of expirable never ends: its library says so.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/hashicorp/golang-lru/v2/expirable.NewLRU[...].func1"))
}
