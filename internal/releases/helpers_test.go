package releases_test

import (
	"testing"

	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

// change is what the new release has made different, with the format of the values of both. V is the version.
type change struct{ name, old, new string }

var changes = []change{
	{"renamed", "{Name:vV}", "{FullName:vV}"},
	{"retyped", "{Price:V00}", "{Price:V}"},
	{"added", "{Name:vV}", "{Name:vV Email:eV}"},
	{"removed", "{Name:vV Email:eV}", "{Name:vV}"},
	{"nested", "{Teams:map[a:[{Name:vV}]]}", "{Teams:map[a:[{FullName:vV}]]}"},
}

// stores start the servers that the releases share. Each test has its own, so it may run again.
var stores = map[string]func(t *testing.T) (addr string){
	"redis":     func(t *testing.T) string { return redistest.Start(t).Addr },
	"memcached": func(t *testing.T) string { return memcachedtest.Start(t).Addr },
}

// eachStore runs test over each store. Start starts a release there. Releases of one test share their keys and their
// source.
func eachStore(t *testing.T, test func(t *testing.T, s site)) {
	for name, server := range stores {
		t.Run(name, func(t *testing.T) {
			test(t, site{t, name, server(t), source{}})
		})
	}
}

// site is where releases run: a store and a source.
type site struct {
	t           *testing.T
	store, addr string
	source      source
}

// both starts both releases, under a prefix of their own.
func (s site) both(c change, prefix string, args ...string) (before, after *release) {
	s.t.Helper()
	return s.start(&oldProgram, c, prefix, args...), s.start(&newProgram, c, prefix, args...)
}

func (s site) start(p *program, c change, prefix string, args ...string) *release {
	s.t.Helper()
	values := c.old
	if p == &newProgram {
		values = c.new
	}
	args = append([]string{
		"-store", s.store, "-addr", s.addr, "-prefix", s.t.Name() + "/" + prefix + "/", "-change", c.name,
	}, args...)
	return p.start(s.t, s.source, values, args...)
}
