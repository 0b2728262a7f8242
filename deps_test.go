package cached_test

import "testing"

// An arrow says which packages a package of this module may import beside those of the standard library, tests
// aside. Paths of the module are relative to it, "." being the root. A path that ends in /... covers all below it; a
// package may always import what is below itself.
type arrow struct {
	from string
	to   []string
	why  string
}

var arrows = []arrow{
	{"ctxcache", nil, "the contract imports the standard library only, so that a backend or layer of one's own depends on nothing else"},
	{"ctxcache/cachetest", []string{"ctxcache"}, "the conformance suite is for anyone's backend, and judges by the contract alone"},
	{".", []string{"ctxcache"}, "cached functions work over any cache, so they know none"},
	{"backends/memory", []string{"ctxcache"}, "a backend knows the contract only: layers wrap it, it does not know them"},
	{
		"backends/rediscache",
		[]string{"ctxcache", "internal/calls", "internal/leases", "github.com/redis/go-redis/v9/..."},
		"a backend knows the contract and its own client: neither layers nor other backends",
	},
	{
		"backends/memcached",
		[]string{"ctxcache", "internal/calls", "internal/leases", "github.com/bradfitz/gomemcache/..."},
		"a backend knows the contract and its own client: neither layers nor other backends",
	},
	{"internal/calls", []string{"ctxcache"}, "what backends share of leaving a call knows none of them"},
	{"internal/leases", []string{"internal/calls"}, "what backends share of renewing leases knows none of them"},
	{
		"layers",
		[]string{"ctxcache", ".", "internal/base85", "golang.org/x/crypto/..."},
		"a layer wraps any cache, so it knows no backend; it may use the root's Flight, and ciphers that the standard library lacks",
	},
	{
		"compat/cachetoolsutils/...",
		[]string{
			"ctxcache", ".", "layers", "backends/...", "internal/base85", "compat/cachetoolsutils/...",
			"github.com/redis/go-redis/v9/...", "github.com/bradfitz/gomemcache/...",
		},
		"Python's names and bytes are made of what is here for all; nothing knows of them in turn",
	},
	{"internal/base85", nil, "an encoding is none of a cache's business"},
	{
		"tracing",
		[]string{"ctxcache", "go.opentelemetry.io/otel/..."},
		"OpenTelemetry is linked by those who trace; the root is traced through an interface of its own and is not known here",
	},
	{"internal/testserver", nil, "a server for tests is no cache"},
	{"internal/redistest", []string{"internal/testserver", "github.com/redis/go-redis/v9/..."}, "a server for tests is no cache"},
	{"internal/memcachedtest", []string{"internal/testserver"}, "a server for tests is no cache"},
	{"internal/leaseholder", []string{"ctxcache", "internal/testserver"}, "a process that holds a lease knows no backend: a test tells it how"},
	{"internal/crosstalk", nil, "a package of tests only offers nothing"},
	{"internal/exits", nil, "a package of tests only offers nothing"},
	{"internal/races", nil, "a package of tests only offers nothing"},
	{"internal/history", nil, "a package of tests only offers nothing"},
	{"internal/sim", nil, "a package of tests only offers nothing"},
	{"internal/noskip", nil, "a tool of the Makefile is no part of the library"},
	{
		"cmd/cachegen",
		[]string{"golang.org/x/tools/go/packages"},
		"a generator reads packages as the compiler does; it writes the library's names, and uses none of them",
	},
	{"bench", nil, "benchmarks are tests: nothing imports them, and they offer nothing"},
	{
		"examples/...",
		[]string{
			".", "ctxcache", "layers", "tracing", "backends/...",
			"github.com/redis/go-redis/v9/...", "go.opentelemetry.io/otel/...",
		},
		"an example uses what a user would use, nothing internal",
	},
}

// A burden is what must not be linked, however indirectly, into a program that imports some packages.
type burden struct {
	program []string
	without []string
	why     string
}

var burdens = []burden{
	{
		[]string{"ctxcache", "layers", ".", "backends/memory"},
		[]string{"github.com/redis/...", "github.com/bradfitz/...", "go.opentelemetry.io/..."},
		"who caches in memory only links neither a client of a server nor OpenTelemetry",
	},
	{
		[]string{"backends/rediscache", "backends/memcached"},
		[]string{"go.opentelemetry.io/..."},
		"who does not trace does not link OpenTelemetry",
	},
	{
		[]string{"backends/memcached"},
		[]string{"github.com/redis/..."},
		"who caches in Memcached does not link a Redis client",
	},
	{
		[]string{"backends/rediscache"},
		[]string{"github.com/bradfitz/..."},
		"who caches in Redis does not link a Memcached client",
	},
	{
		[]string{"ctxcache/...", "layers", ".", "backends/...", "tracing", "examples/..."},
		[]string{"golang.org/x/tools/..."},
		"the compiler's front end is for cmd/cachegen, which writes code and is in no program",
	},
	{
		[]string{"ctxcache", "layers", ".", "backends/memory", "backends/rediscache", "backends/memcached", "tracing", "examples/..."},
		[]string{"testing", "ctxcache/cachetest", "internal/testserver", "internal/leaseholder", "internal/races"},
		"what tests are made of stays out of programs: package testing registers flags",
	},
}

func TestArrows(t *testing.T) {
	graph := loadGraph(t)
	for _, problem := range graph.checkArrows(arrows) {
		t.Error(problem)
	}
}

func TestBurdens(t *testing.T) {
	graph := loadGraph(t)
	for _, problem := range graph.checkBurdens(burdens) {
		t.Error(problem)
	}
}
