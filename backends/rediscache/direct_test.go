package rediscache_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// directReads are the reads that a cache of Open makes on the goroutines of their callers. "held" and "other" have values.
var directReads = map[string]struct {
	op   ctxcache.Operation
	read func(ctx context.Context, c *rediscache.Cache) error
}{
	"Get": {ctxcache.OpGet, func(ctx context.Context, c *rediscache.Cache) error {
		value, err := c.Get(ctx, "held")
		return want("value of held", string(value), err)
	}},
	"GetEntry": {ctxcache.OpGetEntry, func(ctx context.Context, c *rediscache.Cache) error {
		e, err := c.GetEntry(ctx, "held")
		return want("value of held", string(e.Value), err)
	}},
	"GetMany": {ctxcache.OpGetEntries, func(ctx context.Context, c *rediscache.Cache) error {
		found, err := c.GetMany(ctx, []string{"held", "other"})
		return want("value of held, value of other, 2", fmt.Sprintf("%s, %s, %d", found["held"], found["other"], len(found)), err)
	}},
	"GetEntries": {ctxcache.OpGetEntries, func(ctx context.Context, c *rediscache.Cache) error {
		found, err := c.GetEntries(ctx, []string{"held", "other"})
		return want("value of held, value of other, 2", fmt.Sprintf("%s, %s, %d", found["held"].Value, found["other"].Value, len(found)), err)
	}},
	"Contains": {ctxcache.OpContains, func(ctx context.Context, c *rediscache.Cache) error {
		has, err := c.Contains(ctx, "held")
		return want("true", fmt.Sprint(has), err)
	}},
}

// want returns err, or an error if a read has found something else than it should.
func want(value, found string, err error) error {
	if err == nil && found != value {
		err = fmt.Errorf("found %q, want %q", found, value)
	}
	return err
}

// opened is a cache of Open, with a client of its own server to look at the connections.
type opened struct {
	*rediscache.Cache
	admin *redis.Client
}

// open returns a cache of the server at a URL, which admin is a client of. The cache is ready for direct reads. It has long
// limits, unless options set others: without a limit, callers that leave cost the client of the cache connections.
func open(t *testing.T, url string, admin *redis.Client, options rediscache.Options) opened {
	t.Helper()
	options.ReadTimeout = cmp.Or(options.ReadTimeout, redistest.Patience)
	cache, err := rediscache.Open(url, patient(&options))
	must(t, err)
	t.Cleanup(func() {
		if err := cache.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	o := opened{cache, admin}
	ctx := context.WithoutCancel(t.Context()) // the limit ends
	for _, key := range []string{"held", "other"} {
		must(t, cache.Set(ctx, key, []byte("value of "+key), hour))
	}
	o.ready(t)
	return o
}

// ready waits until the cache reads directly: a read leaves the connections of the client as the write before has left them.
func (o opened) ready(t *testing.T) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // the limit ends
	for _, direct := range directReads {
		must(t, direct.read(ctx, o.Cache)) // now the server knows the scripts
	}
	writers := func() int {
		list, err := o.admin.ClientList(ctx).Result()
		must(t, err)
		return strings.Count(list, "cmd=set")
	}
	await(t, "a read is direct", func() bool {
		must(t, o.Set(ctx, "held", []byte("value of held"), hour))
		before := writers()
		must(t, directReads["Get"].read(ctx, o.Cache))
		return before > 0 && writers() == before
	})
}

// connections returns how many connections the server has, without admin's.
func (o opened) connections(t *testing.T) int {
	t.Helper()
	list, err := o.admin.ClientList(t.Context()).Result()
	must(t, err)
	n := 0
	for line := range strings.Lines(list) {
		if !strings.Contains(line, "cmd=client") {
			n++
		}
	}
	return n
}

// received returns how many connections the server has received since it was started.
func (o opened) received(t *testing.T) int {
	t.Helper()
	info, err := o.admin.Info(t.Context(), "stats").Result()
	must(t, err)
	var n int
	_, rest, _ := strings.Cut(info, "total_connections_received:")
	_, err = fmt.Sscan(rest, &n)
	must(t, err)
	return n
}

func TestReadsOfOneCallerUseOneConnection(t *testing.T) {
	server := redistest.Start(t)
	cache := open(t, server.URL(), server.Client(t), rediscache.Options{})
	for name, direct := range directReads {
		must(t, cache.admin.ConfigResetStat(t.Context()).Err())
		for range 100 {
			if err := direct.read(t.Context(), cache.Cache); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	list, err := cache.admin.ClientList(t.Context()).Result()
	must(t, err)
	if n := strings.Count(list, "cmd=ping"); n > 0 {
		t.Errorf("%d connections for direct reads were not used", n)
	}
	if n := cache.connections(t); n > 3 { // one of the client, one for reads, and one that was dialled in advance
		t.Errorf("there are %d connections", n)
	}
}

// The server hangs. When it goes on, it answers the call whose caller has left, and the connection is good again.
func TestDirectReadLeavesAtOnce(t *testing.T) {
	server := redistest.Start(t)
	cache := open(t, server.URL(), server.Client(t), rediscache.Options{})
	for name, direct := range directReads {
		for reason, begin := range map[string]func() (context.Context, context.CancelFunc, error){
			"cancelled": func() (context.Context, context.CancelFunc, error) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(10*time.Millisecond, cancel)
				return ctx, cancel, context.Canceled
			},
			"late": func() (context.Context, context.CancelFunc, error) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
				return ctx, cancel, context.DeadlineExceeded
			},
		} {
			t.Run(name+"/"+reason, func(t *testing.T) {
				cache.ready(t) // the client may have made the last reads, if the line came back late
				received := cache.received(t)
				server.Pause()
				resume := sync.OnceFunc(server.Resume)
				defer resume()
				ctx, cancel, want := begin()
				defer cancel()
				began := time.Now()
				if err := direct.read(ctx, cache.Cache); err != want {
					t.Errorf("got %v, want the bare %v", err, want)
				}
				if took := time.Since(began); took > promptly {
					t.Errorf("the caller left after %v", took)
				}
				resume()
				for range 10 {
					must(t, direct.read(t.Context(), cache.Cache))
				}
				if n := cache.received(t); n > received+1 { // another one for the calls that come before the answer
					t.Errorf("the server has received %d connections", n-received)
				}
			})
		}
	}
}

func TestDirectReadOfAServerThatHangsCostsTheLimit(t *testing.T) {
	server := redistest.Start(t)
	admin := server.Client(t)
	for name, direct := range directReads {
		t.Run(name, func(t *testing.T) {
			cache := open(t, server.URL(), admin, rediscache.Options{Prefix: nextPrefix(), ReadTimeout: 100 * time.Millisecond})
			before, err := cache.Stats(t.Context())
			must(t, err)
			server.Pause()
			resume := sync.OnceFunc(server.Resume)
			defer resume()
			err = direct.read(context.WithoutCancel(t.Context()), cache.Cache)
			if fails(t, err, direct.op); !errors.Is(err, ctxcache.ErrTimeout) {
				t.Errorf("got %v, want %v", err, ctxcache.ErrTimeout)
			}
			after, err := cache.Stats(t.Context())
			if must(t, err); after.Timeouts != before.Timeouts+1 {
				t.Errorf("%d timeouts are counted", after.Timeouts-before.Timeouts)
			}
			resume()
			await(t, "the late answer is counted", func() bool {
				after, err = cache.Stats(t.Context())
				must(t, err)
				return after.Late == before.Late+1
			})
			await(t, "reads go on", func() bool { return direct.read(t.Context(), cache.Cache) == nil })
		})
	}
}

// All callers leave before the limit. Calls are refused anyway, as soon as the limits of some calls have passed.
func TestDirectReadsThatAreLeftEarlyTeachThatTheServerHangs(t *testing.T) {
	server := redistest.Start(t)
	cache := open(t, server.URL(), server.Client(t), rediscache.Options{ReadTimeout: 100 * time.Millisecond})
	server.Pause()
	defer server.Resume()
	await(t, "calls are refused", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		return errors.Is(directReads["Get"].read(ctx, cache.Cache), ctxcache.ErrTimeout)
	})
}

func TestCloseEndsDirectReads(t *testing.T) {
	for name, direct := range directReads {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			cache := open(t, server.URL(), server.Client(t), rediscache.Options{})
			server.Pause()
			defer server.Resume()
			left, leave := context.WithTimeout(t.Context(), 5*time.Millisecond)
			defer leave()
			if err := direct.read(left, cache.Cache); err != context.DeadlineExceeded { // its answer is still to come
				t.Errorf("got %v", err)
			}
			answers := make(chan error)
			for range 20 {
				go func() { answers <- direct.read(t.Context(), cache.Cache) }()
			}
			must(t, cache.Close()) // waits for everything that goes on behind
			for range 20 {
				if err := <-answers; !errors.Is(err, ctxcache.ErrClosed) {
					t.Errorf("got %v, want %v", err, ctxcache.ErrClosed)
				}
			}
		})
	}
}
