package tracing_test

import (
	"context"
	"errors"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/tracing"
)

var errDown = &ctxcache.Error{Layer: "redis", Op: "x", Err: ctxcache.Discreet("connection refused", nil)}

const down = "redis x: connection refused"

func TestResultOfReads(t *testing.T) {
	for _, op := range []operation{get, getEntry, lease} {
		for _, test := range []struct {
			err         error
			result      string
			description string
		}{
			{nil, "hit", ""},
			{ctxcache.ErrMiss, "miss", ""},
			{ctxcache.ErrNotFound, "negative", ""},
			{errors.ErrUnsupported, "unsupported", ""},
			{errDown, "error", down},
			{context.Canceled, "error", "context canceled"},
		} {
			t.Run(op.name+" "+test.result, func(t *testing.T) {
				want := []attribute.KeyValue{tracing.AttrResult.String(test.result)}
				if op.name == lease.name {
					want = append(want, tracing.AttrLeaseGranted.Bool(false))
				}
				checkOutcome(t, &stub{err: test.err}, op, test.description, want...)
			})
		}
	}
}

func TestResultOfWrites(t *testing.T) {
	for _, op := range []operation{set, del, setEntry, wipe, stats} {
		for _, test := range []struct {
			err         error
			result      string
			description string
		}{
			{nil, "ok", ""},
			{errors.ErrUnsupported, "unsupported", ""},
			{errDown, "error", down},
		} {
			t.Run(op.name+" "+test.result, func(t *testing.T) {
				checkOutcome(t, &stub{err: test.err}, op, test.description, tracing.AttrResult.String(test.result))
			})
		}
	}
}

func TestResultOfPresence(t *testing.T) {
	for _, op := range []operation{contains, remove} {
		t.Run(op.name, func(t *testing.T) {
			checkOutcome(t, &stub{present: true}, op, "", tracing.AttrResult.String("hit"))
			checkOutcome(t, &stub{present: false}, op, "", tracing.AttrResult.String("miss"))
			checkOutcome(t, &stub{err: errors.ErrUnsupported}, op, "", tracing.AttrResult.String("unsupported"))
			checkOutcome(t, &stub{err: errDown}, op, down, tracing.AttrResult.String("error"))
		})
	}
}

func TestResultOfMany(t *testing.T) {
	found := map[string]ctxcache.Entry[[]byte]{"ada": {Value: one}, "bob": {Meta: ctxcache.Meta{Absent: true}}}
	partial := ctxcache.NewManyError(map[string]error{"eve": errDown, "joe": errDown})
	given := map[string]int{"get_entries": 3, "get_leases": 3, "set_entries": 1, "delete_many": 2, "fill_many": 1, "release_many": 1}
	for _, op := range []operation{getMany, getValues, leaseMany, setMany, deleteMany, fillMany, releaseMany} {
		t.Run(op.name, func(t *testing.T) {
			want := []attribute.KeyValue{tracing.AttrKeyCount.Int(given[op.name])}
			if op.name == getMany.name || op.name == leaseMany.name {
				want = append(want, tracing.AttrHits.Int(1), tracing.AttrNegatives.Int(1))
			}
			if op.name == leaseMany.name {
				want = append(want, tracing.AttrLeasesGranted.Int(0))
			}
			checkOutcome(t, &stub{entries: found}, op, "", append(want, tracing.AttrResult.String("ok"))...)
			checkOutcome(t, &stub{entries: found, err: partial}, op, down,
				append(want, tracing.AttrResult.String("error"), tracing.AttrFailed.Int(2))...)
			checkOutcome(t, &stub{entries: found, err: errDown}, op, down, append(want, tracing.AttrResult.String("error"))...)
			checkOutcome(t, &stub{entries: found, err: errors.ErrUnsupported}, op, "",
				append(want, tracing.AttrResult.String("unsupported"))...)
		})
	}
}

func TestResultOfCounts(t *testing.T) {
	three := []string{"ada", "bob", "eve"}
	for _, op := range []operation{length, keys} {
		checkOutcome(t, &stub{listed: three}, op, "", tracing.AttrResult.String("ok"), tracing.AttrEntries.Int(3))
	}
	checkOutcome(t, &stub{err: errDown}, length, down, tracing.AttrResult.String("error"))
	checkOutcome(t, &stub{err: errors.ErrUnsupported}, length, "", tracing.AttrResult.String("unsupported"))
	checkOutcome(t, &stub{listed: three, err: errDown}, keys, down,
		tracing.AttrResult.String("error"), tracing.AttrEntries.Int(3))
	checkOutcome(t, &stub{err: errors.ErrUnsupported}, keys, "",
		tracing.AttrResult.String("unsupported"), tracing.AttrEntries.Int(0))
}

func TestLeaseSaysWhetherItWasGranted(t *testing.T) {
	granted := ctxcache.NewLease("a token")
	checkOutcome(t, &stub{err: ctxcache.ErrMiss, lease: granted}, lease, "",
		tracing.AttrResult.String("miss"), tracing.AttrLeaseGranted.Bool(true))
	checkOutcome(t, &stub{err: ctxcache.ErrMiss, lease: ctxcache.NoLease(ctxcache.Loading)}, lease, "",
		tracing.AttrResult.String("miss"), tracing.AttrLeaseGranted.Bool(false))
	corrupt := &ctxcache.Error{Layer: "encoded", Op: ctxcache.OpGetLease, Err: ctxcache.ErrCorrupt}
	checkOutcome(t, &stub{err: corrupt, lease: granted}, lease, "encoded get_lease: corrupt entry",
		tracing.AttrResult.String("error"), tracing.AttrLeaseGranted.Bool(true))
	leases := map[string]ctxcache.Lease{"ada": granted, "bob": granted, "eve": ctxcache.NoLease(ctxcache.Loading)}
	checkOutcome(t, &stub{leases: leases}, leaseMany, "",
		tracing.AttrResult.String("ok"), tracing.AttrKeyCount.Int(3), tracing.AttrHits.Int(0), tracing.AttrNegatives.Int(0),
		tracing.AttrLeasesGranted.Int(2))
}

func TestResultOfLeaseUse(t *testing.T) {
	for _, use := range []operation{fill, release, drop} {
		for _, test := range []struct {
			err         error
			result      string
			description string
		}{
			{nil, "ok", ""},
			{ctxcache.ErrLeaseLost, "lost", ""},
			{errDown, "error", down},
		} {
			t.Run(use.name+" "+test.result, func(t *testing.T) {
				checkOutcome(t, &stub{err: test.err}, use, test.description, tracing.AttrResult.String(test.result))
			})
		}
	}
}

func TestResultOfLeaseUseOfMany(t *testing.T) {
	lost := map[string]error{"eve": ctxcache.ErrLeaseLost, "joe": ctxcache.ErrLeaseLost}
	down2 := map[string]error{"eve": ctxcache.ErrLeaseLost, "joe": errDown}
	for _, use := range []operation{fillMany, releaseMany} {
		t.Run(use.name, func(t *testing.T) {
			checkOutcome(t, &stub{err: ctxcache.NewManyError(lost)}, use, "",
				tracing.AttrKeyCount.Int(1), tracing.AttrFailed.Int(2), tracing.AttrResult.String("lost"))
			checkOutcome(t, &stub{err: ctxcache.NewManyError(down2)}, use, "lease lost; "+down,
				tracing.AttrKeyCount.Int(1), tracing.AttrFailed.Int(2), tracing.AttrResult.String("error"))
		})
	}
}

// checkOutcome calls op on inner, and checks the attributes of its span, its status, and that the error came
// back as it was.
func checkOutcome(t *testing.T, inner *stub, op operation, description string, want ...attribute.KeyValue) {
	t.Helper()
	provider, recorder := newSDK(t)
	cache := tracing.Traced(inner, "users", &tracing.Options{TracerProvider: provider})
	if err := op.call(t.Context(), cache); err != inner.err {
		t.Errorf("%s: the error was %v, want %v", op.name, err, inner.err)
	}
	span := only(t, recorder)
	checkAttributes(t, span, want...)
	checkFailed(t, span, description)
}
