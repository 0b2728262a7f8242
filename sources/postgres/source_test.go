package postgres_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/sources/postgres"
)

// TestFakeSource runs the suite for sources over a server of the test's own.
func TestFakeSource(t *testing.T) {
	cachetest.RunSource(t, func(t *testing.T) cachetest.Stream {
		f := newFake(t)
		source := postgres.Listen(f.pool(t, nil), "users", nil)
		return cachetest.Stream{
			Source: source,
			Change: func(_ context.Context, key string) error { return f.notify("users", key) },
			Begin: func(_ context.Context, key string) (func(bool) error, error) {
				return func(happens bool) error {
					if !happens {
						return nil
					}
					return f.notify("users", key)
				}, nil
			},
			Cuts: map[string]func(*testing.T) func(){
				"terminated": func(*testing.T) func() { f.terminate(); return func() {} },
				"killed":     func(*testing.T) func() { f.kill(); return func() {} },
				"stopped":    func(*testing.T) func() { return f.stop() },
				"hanging":    func(*testing.T) func() { return f.hang() },
			},
		}
	}, cachetest.FakeTime())
}

// watching returns the events of a Watch, after the first Gap, and a channel for its error.
func watching(ctx context.Context, t *testing.T, source ctxcache.Source) (events chan ctxcache.Event, ended chan error) {
	t.Helper()
	events, ended = make(chan ctxcache.Event, 100), make(chan error, 1)
	go func() { ended <- source.Watch(ctx, func(e ctxcache.Event) { events <- e }) }()
	synctest.Wait()
	if e := <-events; !e.Gap {
		t.Fatalf("the first event is %+v", e)
	}
	return events, ended
}

// TestSilentServer checks that Watch returns exactly WatchTimeout after the last sign of life, and not while there are
// signs.
func TestSilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		_, ended := watching(t.Context(), t, postgres.Listen(f.pool(t, nil), "users", &postgres.Options{WatchTimeout: time.Minute}))
		time.Sleep(time.Hour)
		if len(ended) > 0 {
			t.Fatalf("Watch has ended: %v", <-ended)
		}
		began := time.Now()
		defer f.hang()()
		err := <-ended
		if took := time.Since(began); took > time.Minute || !errors.Is(err, ctxcache.ErrTimeout) {
			t.Errorf("Watch returned %v after %v", err, took)
		}
	})
}

// TestHangingConnect checks that Watch and Check do not wait for ever for a connection.
func TestHangingConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		source := postgres.Listen(f.pool(t, nil), "users", nil)
		resume := f.hang()
		if err := source.Watch(t.Context(), func(ctxcache.Event) {}); !errors.Is(err, ctxcache.ErrTimeout) {
			t.Errorf("Watch = %v", err)
		}
		if _, err := source.Check(t.Context()); !errors.Is(err, ctxcache.ErrTimeout) {
			t.Errorf("Check = %v", err)
		}
		resume()
	})
}

func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		plain := postgres.Listen(f.pool(t, nil), "users", nil)
		numbers := postgres.Listen(f.pool(t, nil), "users", &postgres.Options{
			Key: func(payload string) (any, bool) { n, err := strconv.Atoi(payload); return n, err == nil },
		})
		other, _ := watching(t.Context(), t, postgres.Listen(f.pool(t, nil), "Users", nil))
		texts, _ := watching(t.Context(), t, plain)
		ints, _ := watching(t.Context(), t, numbers)
		for _, payload := range []string{"ada", "42", ""} {
			if err := f.notify("users", payload); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		for name, test := range map[string]struct {
			events chan ctxcache.Event
			want   []ctxcache.Event
		}{
			"text":    {texts, []ctxcache.Event{{Key: "ada"}, {Key: "42"}, {All: true}}},
			"numbers": {ints, []ctxcache.Event{{Key: 42}, {All: true}}},
			"other":   {other, nil},
		} {
			var got []ctxcache.Event
			for range len(test.events) {
				got = append(got, <-test.events)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%s: %v, want %v", name, got, test.want)
			}
		}
		if plain.StoredKey("ada") != "ada" || plain.StoredKey(42) != nil || numbers.StoredKey(42) != 42 || numbers.StoredKey([]int{1}) != nil {
			t.Error("StoredKey is wrong")
		}
	})
}

// TestSlowFunction checks that so many notifications that nobody can keep them all become a Gap, and that later ones are
// reported.
func TestSlowFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		source := postgres.Listen(f.pool(t, nil), "users", nil)
		release, last := make(chan struct{}), make(chan struct{})
		gaps := 0
		go func() {
			_ = source.Watch(t.Context(), func(e ctxcache.Event) { // it ends with the test
				if e.Gap {
					gaps++
				}
				switch e.Key {
				case "first":
					<-release
				case "last":
					close(last)
				}
			})
		}()
		synctest.Wait()
		if err := f.notify("users", "first"); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			for i := range 30_000 {
				if err := f.notify("users", strconv.Itoa(i)); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Wait()
		}
		time.Sleep(time.Hour) // the connection stays alive meanwhile
		if err := f.notify("users", "last"); err != nil {
			t.Fatal(err)
		}
		close(release)
		<-last
		if gaps != 2 {
			t.Errorf("%d Gaps, want 2", gaps)
		}
	})
}

// TestPoolConfiguration checks that the connection is made as the pool makes its own.
func TestPoolConfiguration(t *testing.T) {
	errHook := errors.New("not today")
	for name, change := range map[string]func(c *pgxpool.Config, called *int, err error){
		"BeforeConnect": func(c *pgxpool.Config, called *int, err error) {
			c.BeforeConnect = func(context.Context, *pgx.ConnConfig) error { *called++; return err }
		},
		"AfterConnect": func(c *pgxpool.Config, called *int, err error) {
			c.AfterConnect = func(context.Context, *pgx.Conn) error { *called++; return err }
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				called := 0
				watching(t.Context(), t, postgres.Listen(f.pool(t, func(c *pgxpool.Config) { change(c, &called, nil) }), "users", nil))
				if called != 1 {
					t.Errorf("it was called %d times", called)
				}
				source := postgres.Listen(f.pool(t, func(c *pgxpool.Config) { change(c, &called, errHook) }), "users", nil)
				if err := source.Watch(t.Context(), func(ctxcache.Event) {}); !errors.Is(err, errHook) || !strings.Contains(err.Error(), name) {
					t.Errorf("Watch = %v", err)
				}
				synctest.Wait()
				if n := f.sessionsOpen(); n != 1 {
					t.Errorf("%d connections are open, want the one that listens", n)
				}
			})
		})
	}
}

// AfterConnect has made the connection listen to another channel, too. What is sent there is not of the source.
func TestOtherChannels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		events, _ := watching(t.Context(), t, postgres.Listen(f.pool(t, nil), "users", nil))
		f.notifyAll("jobs", "")
		f.notifyAll("jobs", "42")
		if err := f.notify("users", "ada"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if e := <-events; e.Key != "ada" || len(events) > 0 {
			t.Errorf("the first event is %+v, and %d follow", e, len(events))
		}
	})
}

// TestWatchSaysGoodbye checks that no connection stays.
func TestWatchSaysGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		ctx, cancel := context.WithCancel(t.Context())
		_, ended := watching(ctx, t, postgres.Listen(f.pool(t, nil), "users", nil))
		cancel()
		if err := <-ended; err != context.Canceled {
			t.Errorf("Watch = %v", err)
		}
		synctest.Wait()
		if n := f.sessionsOpen(); n != 0 {
			t.Errorf("%d connections are open", n)
		}
	})
}

func TestOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		pool := f.pool(t, nil)
		for name, source := range map[string]*postgres.Source{
			"no channel":       postgres.Listen(pool, "", nil),
			"a long name":      postgres.Listen(pool, strings.Repeat("x", 64), nil),
			"a NUL":            postgres.Listen(pool, "a\x00", nil),
			"a short timeout":  postgres.Listen(pool, "users", &postgres.Options{WatchTimeout: time.Millisecond}),
			"a negative limit": postgres.Listen(pool, "users", &postgres.Options{WatchTimeout: -1}),
		} {
			if err := source.Watch(t.Context(), func(ctxcache.Event) {}); !errors.Is(err, ctxcache.ErrOptions) {
				t.Errorf("%s: Watch = %v", name, err)
			}
			wantWarnings(t, source, "invalid_options")
		}
	})
}

func wantWarnings(t *testing.T, source *postgres.Source, want ...string) {
	t.Helper()
	warnings, err := source.Check(t.Context())
	if err != nil {
		t.Error(err)
	}
	var codes []string
	for _, w := range warnings {
		codes = append(codes, w.Code)
	}
	if !slices.Equal(codes, want) {
		t.Errorf("Check = %v, want %v", warnings, want)
	}
}

func TestCheck(t *testing.T) {
	for name, test := range map[string]struct {
		change func(f *fake)
		want   []string
	}{
		"as it should be": {func(*fake) {}, nil},
		"a standby":       {func(f *fake) { f.refuses = "25006" }, []string{"cannot_listen"}},
		"a pooler":        {func(f *fake) { f.pid = 14 }, []string{"behind_pooler"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				test.change(f)
				wantWarnings(t, postgres.Listen(f.pool(t, nil), "users", nil), test.want...)
				synctest.Wait()
				if n := f.sessionsOpen(); n != 0 {
					t.Errorf("%d connections are open", n)
				}
			})
		})
	}
}
