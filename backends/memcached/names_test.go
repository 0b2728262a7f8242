package memcached_test

import (
	"context"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
)

// dialled records the servers that a cache dials. It connects to none.
type dialled struct {
	mu    sync.Mutex
	names []string
}

func (d *dialled) dial(_ context.Context, network, addr string) (net.Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names = append(d.names, network+" "+addr)
	return nil, errOops
}

// TestOpenDoesNotResolveNames: the names are resolved whenever a connection is made, by whoever makes it.
func TestOpenDoesNotResolveNames(t *testing.T) {
	var d dialled
	cache, err := memcached.Open("cache1.invalid:11211,cache2.invalid:11212,[::1]:11211,/run/m.sock", &memcached.Options{DialContext: d.dial})
	must(t, err) // although no name service knows these names
	defer cache.Close()
	for i := range 100 {
		if _, err := cache.Get(t.Context(), strconv.Itoa(i)); err == nil {
			t.Fatal("a server that does not exist answers")
		}
	}
	slices.Sort(d.names)
	want := []string{"tcp [::1]:11211", "tcp cache1.invalid:11211", "tcp cache2.invalid:11212", "unix /run/m.sock"}
	if got := slices.Compact(d.names); !slices.Equal(got, want) {
		t.Errorf("the cache dials %q, want %q", got, want)
	}
}

// TestOpenPicksLikeAServerList: a process that uses Open, and one that uses a ServerList, find each other's values.
func TestOpenPicksLikeAServerList(t *testing.T) {
	for _, servers := range [][]string{
		{"127.0.0.1:1"},
		{"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"},
		{"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:1"}, // a weight
	} {
		var list memcache.ServerList
		must(t, list.SetServers(servers...))
		joined := servers[0]
		for _, server := range servers[1:] {
			joined += "," + server
		}
		for i := range 100 {
			key := strconv.Itoa(i * i)
			want, err := list.PickServer("p:" + key)
			must(t, err)
			var d dialled
			cache, err := memcached.Open(joined, &memcached.Options{Prefix: "p:", DialContext: d.dial})
			must(t, err)
			if _, err := cache.Get(t.Context(), key); err == nil || len(d.names) != 1 || d.names[0] != "tcp "+want.String() {
				t.Errorf("the key %s is on %q, want %v", key, d.names, want)
			}
			must(t, cache.Close())
		}
	}
}

// fresh is a selector that makes an address for each key.
type fresh struct{ *scripted }

func (f fresh) PickServer(key string) (net.Addr, error) {
	addr, err := f.scripted.PickServer(key)
	if err != nil {
		return nil, err
	}
	return net.ResolveTCPAddr(addr.Network(), addr.String())
}

// Equal addresses are one server, which is asked once.
func TestSelectorThatMakesAddressesCostsOneRoundTrip(t *testing.T) {
	server := newScripted(t, func(string, string) string { return "END\r\n" })
	cache := newCacheOver(t, fresh{server}, nil)
	keys := make([]string, 100)
	for i := range keys {
		keys[i] = strconv.Itoa(i)
	}
	must(t, second(cache.GetEntries(t.Context(), keys)))
	if commands := server.commands(); len(commands) != 1 {
		t.Errorf("the server was sent %d commands: %.100q", len(commands), commands)
	}
}
