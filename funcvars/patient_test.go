package funcvars_test

import (
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// patient is a cache in memory that callers wait for. They wait 100 ms for one without a limit of its own, and go on
// while the result is being stored. On a busy machine they would look for it too early.
type patient struct{ *memory.Cache[string, []byte] }

func (patient) Timeouts() ctxcache.Timeouts {
	return ctxcache.Timeouts{Read: time.Hour, Write: time.Hour}
}

func newStore() patient { return patient{memory.New[string, []byte](nil)} }
