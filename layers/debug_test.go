package layers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// debugLog returns a logger and a function take, which returns the lines logged since its last call, without times and
// durations.
func debugLog(level slog.Level) (logger *slog.Logger, take func() string) {
	var out bytes.Buffer
	logger = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch a.Key {
			case slog.TimeKey, slog.LevelKey, slog.MessageKey, "cache", "duration":
				return slog.Attr{}
			}
			return a
		},
	}))
	return logger, func() string {
		defer out.Reset()
		return strings.TrimSpace(out.String())
	}
}

func TestDebugLogsEveryOperation(t *testing.T) {
	logger, take := debugLog(slog.LevelDebug)
	c := layers.Debug(newMemory[string](), "test", logger, &layers.DebugOptions{Keys: true})
	ctx := t.Context()
	negative := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Minute}}
	var lease ctxcache.Lease
	steps := []struct {
		do   func() error
		want string
	}{
		{
			func() error { _, err := c.Get(ctx, "k"); return err },
			"op=get result=miss key=k",
		},
		{
			func() error { return c.Set(ctx, "k", "secret", time.Minute) },
			"op=set result=ok key=k ttl=1m0s",
		},
		{
			func() error { return c.Set(ctx, "k", "secret", -1) },
			`op=set result=error key=k ttl=-1ns error="memory set: invalid TTL"`,
		},
		{
			func() error { _, err := c.Get(ctx, "k"); return err },
			"op=get result=hit key=k",
		},
		{
			func() error { _, err := ctxcache.Contains(ctx, c, "k"); return err },
			"op=contains result=ok key=k there=true",
		},
		{
			func() error { return ctxcache.SetEntry(ctx, c, "n", negative) },
			`op=set_entry result=ok key=n ttl=1m0s`,
		},
		{
			func() error { _, err := ctxcache.GetEntry(ctx, c, "n"); return err },
			`op=get_entry result=negative key=n`,
		},
		{
			func() error { _, err := ctxcache.GetMany(ctx, c, []string{"k", "x"}); return err },
			`op=get_entries result=ok keys=2 key="[k x]" found=1`,
		},
		{
			func() error { return ctxcache.SetMany(ctx, c, map[string]string{"k": "secret"}, 0) },
			`op=set_entries result=ok keys=1 key=[k]`,
		},
		{
			func() error { _, err := ctxcache.Len(ctx, c); return err },
			`op=len result=ok entries=1`,
		},
		{
			func() error { _, err := ctxcache.GetStats(ctx, c); return err },
			`op=stats result=ok`,
		},
		{
			func() error { return lastError(ctxcache.Keys(ctx, c)) },
			`op=keys result=ok entries=1`,
		},
		{
			func() error { _, err := ctxcache.Remove(ctx, c, "k"); return err },
			`op=remove result=ok key=k was=true`,
		},
		{
			func() error { return c.Delete(ctx, "k") },
			`op=delete result=ok key=k`,
		},
		{
			func() error { return ctxcache.DeleteMany(ctx, c, []string{"k"}) },
			`op=delete_many result=ok keys=1 key=[k]`,
		},
		{
			func() error { return ctxcache.Clear(ctx, c) },
			`op=clear result=ok`,
		},
		{
			func() (err error) { _, lease, err = ctxcache.GetLease(ctx, c, "k", 0); return err },
			`op=get_lease result=miss key=k granted=true`,
		},
		{
			func() error { _, _, err := ctxcache.GetLease(ctx, c, "k", 0); return err },
			`op=get_lease result=miss key=k granted=false`,
		},
		{
			func() error { return ctxcache.Release(ctx, c, "k", lease) },
			`op=release result=ok key=k`,
		},
		{
			func() error { return ctxcache.Fill(ctx, c, "k", lease, negative) },
			`op=fill result=lost key=k ttl=1m0s`,
		},
		{
			func() error {
				_, leases, err := ctxcache.GetLeases(ctx, c, []string{"k"}, 0)
				lease = leases["k"]
				return err
			},
			`op=get_leases result=ok keys=1 key=[k] found=0 granted=1`,
		},
		{
			func() error { return ctxcache.Fill(ctx, c, "k", lease, negative) },
			`op=fill result=ok key=k ttl=1m0s`,
		},
		{
			func() error {
				_, leases, err := ctxcache.GetLeases(ctx, c, []string{"k", "m"}, 0)
				lease = leases["m"]
				return err
			},
			`op=get_leases result=ok keys=2 key="[k m]" found=1 granted=1`,
		},
		{
			func() error {
				return ctxcache.FillMany(ctx, c, map[string]ctxcache.Entry[string]{"m": negative}, map[string]ctxcache.Lease{"m": lease})
			},
			`op=fill_many result=ok keys=1 key=[m]`,
		},
		{
			func() error {
				return ctxcache.FillMany(ctx, c, map[string]ctxcache.Entry[string]{"m": negative}, map[string]ctxcache.Lease{"m": lease})
			},
			`op=fill_many result=lost keys=1 key=[m] failed=1`,
		},
		{
			func() error { return ctxcache.ReleaseMany(ctx, c, map[string]ctxcache.Lease{"m": {}}) },
			`op=release_many result=ok keys=1 key=[m]`,
		},
		{
			func() error { return ctxcache.Drop(ctx, c, "m", lease) },
			`op=drop result=lost key=m`,
		},
	}
	for _, step := range steps {
		err := step.do()
		if got := take(); got != step.want {
			t.Errorf("logged %s (%v)\n  want %s", got, err, step.want)
		}
	}
}

func TestDebugLogsFailures(t *testing.T) {
	logger, take := debugLog(slog.LevelDebug)
	for _, test := range []struct {
		options *layers.DebugOptions
		want    string
	}{
		{nil, "op=get result=error error=*errors.errorString"}, // the message may quote a key or a value
		{&layers.DebugOptions{Keys: true}, "op=get result=error key=k error=*errors.errorString"},
		{&layers.DebugOptions{ErrorMessages: true}, "op=get result=error error=outage"},
	} {
		failing := layers.Debug[string, string](outage{}, "test", logger, test.options)
		if _, err := failing.Get(t.Context(), "k"); err != errOutage {
			t.Errorf("Get: %v", err)
		}
		if got := take(); got != test.want {
			t.Errorf("logged %s\n  want %s", got, test.want)
		}
	}
	failing := layers.Debug[string, string](outage{}, "test", logger, nil)

	store := newMemory[[]byte]()
	layertest.MustSet(t, store, "corrupt", []byte("{"))
	texts := layers.Debug(layers.Encoded(store, layers.JSON[string]{}, nil), "test", logger, nil)
	if _, err := ctxcache.GetMany(t.Context(), texts, []string{"corrupt", "absent"}); !errors.Is(err, ctxcache.ErrCorrupt) {
		t.Errorf("GetMany: %v", err)
	}
	if got, want := take(), `op=get_entries result=error keys=2 failed=1 found=0 error=`; !strings.HasPrefix(got, want) {
		t.Errorf("logged %s\n  want %s...", got, want)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ctxcache.Watch(ctx, failing, func(ctxcache.Event) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("Watch: %v", err)
	}
	if got, want := take(), `op=watch result=error error="context canceled"`; got != want {
		t.Errorf("logged %s\n  want %s", got, want)
	}
}

func TestDebugLogsNoKeysUnasked(t *testing.T) {
	logger, take := debugLog(slog.LevelDebug)
	c := layers.Debug(newMemory[string](), "test", logger, nil)
	for _, write := range layertest.SetWays[string]() {
		if err := write.Write(t.Context(), c, "ada-"+write.Name, ctxcache.Entry[string]{Value: "lovelace"}); err != nil {
			t.Fatal(err)
		}
		for _, read := range layertest.ReadWays[string]() {
			if _, err := read.Read(t.Context(), c, "ada-"+write.Name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, err := range []error{
		errors.New("no such person: ada"),
		ctxcache.Fail("foreign", ctxcache.OpGet, errors.New("cannot parse lovelace")),
		fmt.Errorf("%w: ada has lovelace", ctxcache.ErrCorrupt),
		errors.Join(ctxcache.ErrTimeout, errors.New("ada")),
	} {
		failing, faults := cachetest.Failing(newMemory[string]())
		faults.Fail(err, cachetest.On())
		c := layers.Debug(failing, "test", logger, nil)
		for _, read := range layertest.ReadWays[string]() {
			if _, got := read.Read(t.Context(), c, "ada"); got == nil {
				t.Errorf("%s did not fail", read.Name)
			}
		}
	}
	if logged := take(); strings.Contains(logged, "ada") || strings.Contains(logged, "lovelace") {
		t.Errorf("a key or a value was logged:\n%s", logged)
	}
}

func TestDebugDisabledCostsNothing(t *testing.T) {
	logger, take := debugLog(slog.LevelInfo)
	c := layers.Debug(newMemory[string](), "test", logger, &layers.DebugOptions{Keys: true})
	ctx := t.Context()
	layertest.MustSet(t, c, "k", "value")
	for name, call := range map[string]func() error{
		"Get":      func() error { _, err := c.Get(ctx, "k"); return err },
		"Contains": func() error { _, err := ctxcache.Contains(ctx, c, "k"); return err },
		"GetEntry": func() error { _, err := ctxcache.GetEntry(ctx, c, "k"); return err },
		"GetLease": func() error { _, _, err := ctxcache.GetLease(ctx, c, "k", 0); return err },
		"Delete":   func() error { return c.Delete(ctx, "absent") },
	} {
		allocs := testing.AllocsPerRun(100, func() {
			if err := call(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		})
		if allocs > 0 {
			t.Errorf("%s allocates %v times, want none", name, allocs)
		}
	}
	if logged := take(); logged != "" {
		t.Errorf("logged %s", logged)
	}
}

// lastError returns the error that ends the iteration, or nil.
func lastError(keys iter.Seq2[string, error]) (last error) {
	for _, err := range keys {
		last = err
	}
	return last
}
