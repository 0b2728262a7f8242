package house_test

import "testing"

// An arrow lists the packages that a package of this module may import, in addition to the standard library. Tests may
// import more. Paths within the module are relative to it, and "." is its root. A path that ends in /... covers
// everything below it. A package may always import the packages below it.
type arrow struct {
	from string
	to   []string
	why  string
}

var arrows = []arrow{
	{"ctxcache", nil, "the contract imports only the standard library, so that anybody's backend or layer depends on nothing else"},
	{"ctxcache/cachetest/...", []string{"ctxcache", "ctxcache/cachetest"}, "the conformance suite is for anybody's backend, and knows only the contract"},
	{
		".",
		[]string{"ctxcache", "internal/jsonkey", "internal/own", "internal/requestscope", "internal/shards"},
		"cached functions work over any cache, so they do not know any backend",
	},
	{"funcvars", []string{".", "ctxcache", "layers", "internal/jsonkey", "internal/jsonnull"}, "replaced variables are cached functions over layers"},
	{"internal/jsonkey", []string{"ctxcache"}, "a key of arguments does not depend on a cache"},
	{"internal/requestscope", nil, "the context does not depend on a cache"},
	{"internal/own", nil, "copying does not depend on a cache"},
	{"internal/jsonnull", nil, "JSON does not depend on a cache"},
	{"internal/shrinking", nil, "a map does not depend on a cache"},
	{"internal/shards", nil, "shard arithmetic does not depend on a cache"},
	{"internal/footprint", nil, "the size of a value does not depend on a cache"},
	{"internal/memlimit", nil, "the memory of the process does not depend on a cache"},
	{"internal/house", nil, "it has only tests"},
	{"internal/nearalone", nil, "it has only tests"},
	{
		"backends/memory",
		[]string{
			"ctxcache", "internal/footprint", "internal/leases", "internal/memlimit", "internal/own", "internal/shards",
			"internal/shrinking",
		},
		"a backend knows only the contract: layers wrap it, but it does not know layers",
	},
	{
		"backends/rediscache",
		[]string{"ctxcache", "internal/calls", "internal/leases", "github.com/redis/go-redis/v9/..."},
		"a backend knows only the contract and its own client, not layers or other backends",
	},
	{
		"backends/memcached",
		[]string{"ctxcache", "internal/calls", "internal/leases", "github.com/bradfitz/gomemcache/..."},
		"a backend knows only the contract and its own client, not layers or other backends",
	},
	{"internal/calls", []string{"ctxcache"}, "backends share it, so it does not know any backend"},
	{"internal/leases", []string{"ctxcache", "internal/calls", "internal/shrinking"}, "backends share it, so it does not know any backend"},
	{
		"layers",
		[]string{"ctxcache", "internal/base85", "internal/jsonnull", "internal/own", "internal/requestscope", "internal/shards"},
		"a layer wraps any cache, so it does not know any backend",
	},
	{"layers/twolevel", []string{"ctxcache", ".", "internal/own", "internal/shards"}, "two levels use the root's Flight"},
	{"layers/encrypted", []string{"ctxcache", "golang.org/x/crypto/..."}, "only programs that encrypt link ciphers from outside the standard library"},
	{"layers/guarded", []string{"ctxcache", "github.com/sony/gobreaker/v2/..."}, "only programs that guard a cache link the circuit breaker"},
	{
		"compat/cachetoolsutils",
		[]string{
			"ctxcache", "layers", "layers/twolevel", "backends/memory", "internal/base85", "internal/jsonkey", "internal/jsonnull",
			"golang.org/x/crypto/...",
		},
		"the compatible names and bytes are built from the library's parts, without any server's client",
	},
	{"compat/cachetoolsutils/internal/texts", []string{"ctxcache", "layers"}, "the layer does not know the format of keys and values"},
	{
		"compat/cachetoolsutils/pyredis",
		[]string{
			"ctxcache", "layers", "backends/rediscache", "compat/cachetoolsutils", "compat/cachetoolsutils/internal/texts",
			"github.com/redis/go-redis/v9/...",
		},
		"only programs that share a Redis link its client",
	},
	{
		"compat/cachetoolsutils/pymemcached",
		[]string{"ctxcache", "backends/memcached", "compat/cachetoolsutils", "internal/base85", "github.com/bradfitz/gomemcache/..."},
		"only programs that share a Memcached link its client",
	},
	{
		"compat/cachetoolsutils/internal/vectors",
		[]string{
			".", "ctxcache", "layers", "compat/cachetoolsutils/...", "github.com/redis/go-redis/v9/...", "github.com/bradfitz/gomemcache/...",
		},
		"vectors are for every class",
	},
	{
		"compat/cachetoolsutils/interop",
		[]string{"compat/cachetoolsutils/...", "github.com/redis/go-redis/v9/...", "github.com/bradfitz/gomemcache/..."},
		"the command uses every class",
	},
	{"internal/base85", nil, "an encoding does not depend on a cache"},
	{
		"tracing",
		[]string{"ctxcache", "go.opentelemetry.io/otel/..."},
		"only programs that trace link OpenTelemetry; the root package defines the interface for tracing, so tracing need not import it",
	},
	{"internal/auditor", []string{"ctxcache"}, "an auditor reads any cache and any source"},
	{"internal/faults", nil, "it has only tests"},
	{"internal/latecopies", []string{"internal/testserver"}, "a proxy for tests does not depend on a cache"},
	{"internal/matrix", nil, "it has only tests"},
	{
		"internal/outageload",
		[]string{
			".", "ctxcache", "backends/...", "layers/guarded", "layers/twolevel", "internal/redistest", "internal/memcachedtest",
			"internal/testserver", "github.com/redis/go-redis/v9/...", "github.com/bradfitz/gomemcache/...",
		},
		"it measures cached functions over each backend, and over two levels",
	},
	{"internal/testserver", nil, "a server for tests does not depend on a cache"},
	{"internal/redistest", []string{"internal/testserver", "github.com/redis/go-redis/v9/..."}, "a server for tests does not depend on a cache"},
	{"internal/memcachedtest", []string{"internal/testserver"}, "a server for tests does not depend on a cache"},
	{
		"internal/leaseholder",
		[]string{"ctxcache", "internal/testserver"},
		"a process that holds a lease does not know any backend: its test passes it a function",
	},
	{"internal/layertest", []string{"ctxcache"}, "tests of layers do not know any layer or backend"},
	{
		"internal/remotetest",
		[]string{
			"ctxcache", "ctxcache/cachetest", "backends/...", "layers", "internal/redistest", "internal/memcachedtest",
			"github.com/redis/go-redis/v9/...", "github.com/bradfitz/gomemcache/...",
		},
		"tests over every store know every backend, and programs do not link them",
	},
	{"internal/crosstalk", nil, "it has only tests"},
	{"internal/releases", nil, "it has only tests"},
	{"internal/exits", nil, "it has only tests"},
	{"internal/races", nil, "it has only tests"},
	{"internal/history", nil, "it has only tests"},
	{"internal/sim", nil, "it has only tests"},
	{"internal/coherence", nil, "it has only tests"},
	{"internal/noskip", nil, "a tool of the Makefile does not use the library"},
	{"internal/typecheck", []string{"golang.org/x/tools/..."}, "a tool of the Makefile does not use the library"},
	{
		"cmd/cachegen",
		[]string{"golang.org/x/tools/go/packages"},
		"a generator reads packages as the compiler does; it writes the library's names, but does not use the library",
	},
	{"internal/coldstart", nil, "it has only tests"},
	{"bench", nil, "it has only benchmarks, and nothing imports them"},
	{"bench/hitratio", nil, "a simulator does not depend on a cache"},
	{
		"bench/sizecurve",
		[]string{"ctxcache", "backends/memory", "bench/hitratio"},
		"it replays traces on the cache in memory",
	},
	{
		"examples/...",
		[]string{
			".", "ctxcache", "layers/...", "tracing", "backends/...",
			"github.com/redis/go-redis/v9/...", "go.opentelemetry.io/otel/...", "golang.org/x/sync/singleflight",
		},
		"an example uses only packages that a user can import",
	},
}

// A burden lists packages that must not be linked, even indirectly, into a program that imports certain packages.
type burden struct {
	program []string
	without []string
	why     string
}

var burdens = []burden{
	{
		[]string{"ctxcache", "layers", "layers/twolevel", ".", "backends/memory"},
		[]string{"github.com/redis/...", "github.com/bradfitz/...", "go.opentelemetry.io/..."},
		"a program that caches only in memory links neither a server's client nor OpenTelemetry",
	},
	{
		[]string{"ctxcache", "layers", "layers/twolevel", ".", "funcvars", "backends/..."},
		[]string{"golang.org/x/crypto/...", "layers/encrypted"},
		"a program that does not encrypt does not link ciphers",
	},
	{
		[]string{"ctxcache/...", "layers", "layers/twolevel", "layers/encrypted", ".", "funcvars", "backends/...", "tracing", "compat/..."},
		[]string{"github.com/sony/..."},
		"a program that does not guard a cache does not link a circuit breaker",
	},
	{
		[]string{"backends/rediscache", "backends/memcached"},
		[]string{"go.opentelemetry.io/..."},
		"a program that does not trace does not link OpenTelemetry",
	},
	{
		[]string{"backends/memcached"},
		[]string{"github.com/redis/..."},
		"a program that caches in Memcached does not link a Redis client",
	},
	{
		[]string{"backends/rediscache"},
		[]string{"github.com/bradfitz/..."},
		"a program that caches in Redis does not link a Memcached client",
	},
	{
		[]string{"compat/cachetoolsutils"},
		[]string{"github.com/redis/...", "github.com/bradfitz/..."},
		"a program that shares only bytes with Python links no server's client",
	},
	{
		[]string{"compat/cachetoolsutils/pyredis"},
		[]string{"github.com/bradfitz/..."},
		"a program that shares a Redis with Python does not link a Memcached client",
	},
	{
		[]string{"compat/cachetoolsutils/pymemcached"},
		[]string{"github.com/redis/..."},
		"a program that shares a Memcached with Python does not link a Redis client",
	},
	{
		[]string{"ctxcache/...", "layers/...", "funcvars", ".", "backends/...", "tracing", "examples/..."},
		[]string{"golang.org/x/tools/..."},
		"only cmd/cachegen uses the compiler's front end, and it is not linked into programs",
	},
	{
		[]string{"ctxcache", "layers/...", "funcvars", ".", "backends/memory", "backends/rediscache", "backends/memcached", "tracing", "examples/..."},
		[]string{"testing", "ctxcache/cachetest", "internal/testserver", "internal/leaseholder", "internal/layertest", "internal/remotetest", "internal/races"},
		"programs do not link test helpers: package testing registers flags",
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
