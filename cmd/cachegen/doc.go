// Cachegen writes a type that caches methods of an interface. It is meant for a go:generate line above the
// interface:
//
//	//go:generate go run github.com/ctxcache/cached/cmd/cachegen -type Store -methods GetUser=1.,GetTeam=2.
//
//	type Store interface {
//		GetUser(ctx context.Context, id string) (User, error)
//		GetTeam(ctx context.Context, name string, more ...Option) (*Team, error)
//		SaveUser(ctx context.Context, user User) error
//	}
//
// The module needs cachegen as a tool. This adds it, once and for all:
//
//	go get -tool github.com/ctxcache/cached/cmd/cachegen
//
// Then go generate writes store_cached.go, with a type CachedStore that is a Store. Its constructor is
//
//	NewCachedStore(inner Store, cache ctxcache.Cache[string, []byte], opts *CachedStoreOptions) *CachedStore
//
// Each method in the list becomes a cached.KeyedFunc under the prefix that follows its name. So one cache serves all of
// them, and may serve others. Keys are made of the arguments without the context, by cached.JSONKey. Results are stored
// as JSON, or by a codec in the options. Methods that are not in the list are passed on to the inner Store.
//
// For GetUser(ctx, id) the type has these methods, too:
//
//	RefreshGetUser(ctx, id) (User, error)     calls GetUser of the inner Store, and stores the result
//	ContainsGetUser(ctx, id) (bool, error)    reports whether the cache has the result
//	DeleteGetUser(ctx, id) (bool, error)      removes the result from the cache
//	KeyGetUser(ctx, id) (string, error)       returns the key of the result in the cache
//	ClearGetUser(ctx) error                   removes all results of GetUser
//	StatsGetUser(ctx) (ctxcache.Stats, error) returns the counters of GetUser
//
// All calls are typed. funcvars.Replace does the same for function variables, by reflection, while the program runs.
//
// The interface may be generic, may embed others, and need not be exported. A method in the list has the form
//
//	func(ctx context.Context, arguments...) (T, error)
//
// with any arguments, also variadic ones. Cachegen refuses code that would not compile, or would cache wrongly, and
// reports the place and the reason: types that have no name in the package, arguments whose JSON is the same though they
// differ, results that do not come back from JSON. For such results there is the flag -codec.
//
// If the file of the interface has a go:build line, the generated file has it as well. If the constraint is part of
// the file's name, as in store_linux.go, put it into the name that -o gives, too. Set tags by GOFLAGS=-tags=name,name.
//
// The flags are:
//
//	-type name       the interface, which is in the package of the current directory
//	-methods list    the methods to cache with their prefixes: name=prefix,name=prefix
//	-codec list      the methods among these whose results JSON cannot hold: name,name. The options must have their codecs.
//	-o file          the file to write, in the same directory; by default the interface's name in lower case and _cached.go
//
// The exit status is 0 after success and for -help, 2 if the flags are wrong, and 1 after any other failure.
package main
