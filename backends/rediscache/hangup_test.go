package rediscache_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// Over a proxy that hangs up on transactions, as nutcracker does, scripts read the entries.
func TestEntriesOverAProxyThatHangsUpOnTransactions(t *testing.T) {
	proxy := redistest.StartProxy(t, redistest.Start(t).Addr)
	proxy.HangUpOn("multi")
	client := redis.NewClient(&redis.Options{Addr: proxy.Addr})
	t.Cleanup(func() { must(t, client.Close()) })
	opened, err := rediscache.Open("redis://"+proxy.Addr, patient(nil))
	must(t, err)
	t.Cleanup(func() { must(t, opened.Close()) })
	before := 0
	for name, c := range map[string]*rediscache.Cache{"New": rediscache.New(client, patient(nil)), "Open": opened} {
		must(t, c.Set(t.Context(), name, []byte("v"), time.Minute))
		for range 3 {
			e, err := c.GetEntry(t.Context(), name)
			if string(e.Value) != "v" || e.TTL <= 0 || err != nil {
				t.Errorf("%s: GetEntry: %q for %v, %v", name, e.Value, e.TTL, err)
			}
			entries, err := c.GetEntries(t.Context(), []string{name, "absent"})
			if len(entries) != 1 || err != nil {
				t.Errorf("%s: GetEntries: %v, %v", name, entries, err)
			}
			values, err := ctxcache.GetMany(t.Context(), ctxcache.Cache[string, []byte](c), []string{name, "absent"})
			if len(values) != 1 || err != nil {
				t.Errorf("%s: GetMany: %v, %v", name, values, err)
			}
		}
		n := proxy.HungUp() - before
		if before += n; n == 0 || n > 10 { // the client tries again
			t.Errorf("%s: the proxy has hung up %d times", name, n)
		}
	}
}
