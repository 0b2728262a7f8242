// Cachegen writes a type that caches methods of an interface. It is meant for a go:generate line beside the
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
// The module has to have cachegen as a tool, once and for all:
//
//	go get -tool github.com/ctxcache/cached/cmd/cachegen
//
// go generate then writes store_cached.go, with a type CachedStore that is a Store, and is made by
//
//	NewCachedStore(inner Store, cache ctxcache.Cache[string, []byte], opts *CachedStoreOptions) *CachedStore
//
// Each method that is listed is a cached.KeyedFunc, under the prefix behind its name, so that one cache serves
// them all, and others beside them. Keys are made of the arguments, less the context, by cached.JSONKey.
// Results are stored as JSON, or by a codec in the options. Beside GetUser there are ContainsGetUser,
// DeleteGetUser, RefreshGetUser, ClearGetUser, KeyGetUser and StatsGetUser. Methods that are not listed are
// those of the inner Store. All calls are typed; what cached.Funcs does by reflection when the program runs is
// done here before.
//
// The interface may be generic, embed others, and be unexported. A method that is listed is of the form
//
//	func(ctx context.Context, arguments...) (T, error)
//
// with any arguments, variadic ones included. Refused, with the place and the reason, is what would not
// compile, or would be cached wrongly: types that cannot be named in the package, arguments whose JSON does not
// tell them apart, results that do not come back from JSON. For the latter there is the flag -codec.
//
// The generated file has the build constraint that the file of the interface has in its text; one that is in the name of
// the file, as in store_linux.go, has to be in that of -o, too. Tags are given by GOFLAGS=-tags=name,name.
//
// The flags are:
//
//	-type name       the interface, which is in the package of the current directory
//	-methods list    the methods to cache with their prefixes: name=prefix,name=prefix
//	-codec list      of these, those whose results JSON cannot hold: name,name. Their codecs have to be in the options.
//	-o file          what to write, beside the interface; by default the name of the interface, followed by _cached.go
//
// The exit status is 1 if nothing was written, and 2 if the flags are wrong.
package main
