// Cachegen writes a type that caches methods of an interface. It is meant for a go:generate line above the
// interface:
//
//	//go:generate go run github.com/ctxcache/cached/cmd/cachegen -type Store -methods GetUser=1.,GetTeam=2.
//
//	type Store interface {
//		GetUser(ctx context.Context, id string) (User, error)
//		GetTeam(ctx context.Context, name string, years ...int) (*Team, error)
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
// them, and may serve others. Keys are made of the arguments without the context, by cached.JSONKey, or by a function of
// yours (see -key below). Results are stored as JSON, or by a codec in the options. Methods that are not in the list are
// passed on to the inner Store.
//
// For GetUser(ctx, id) the type has these methods, too:
//
//	RefreshGetUser(ctx, id) (User, error)     calls GetUser of the inner Store, and stores the result
//	SetGetUser(ctx, id, user) error           stores a result, for example after a change of the source
//	ContainsGetUser(ctx, id) (bool, error)    reports whether the cache has the result
//	DeleteGetUser(ctx, id) (bool, error)      removes the result from the cache
//	KeyGetUser(ctx, id) (string, error)       returns the key of the result in the cache
//	ClearGetUser(ctx) error                   removes all results of GetUser
//	StatsGetUser(ctx) (ctxcache.Stats, error) returns the counters of GetUser
//
// If the interface itself has a method of that name, as with User and DeleteUser, then the name is DeleteCachedUser. In
// SetGetUser, a variadic parameter is a slice. All calls are typed. The options have a TTL, options and a codec for each
// method:
//
//	opts := &CachedStoreOptions{
//		Options:        cached.Options{TTL: time.Hour},               // of every method,
//		GetUserTTL:     time.Minute,                                  // with another TTL for GetUser,
//		GetTeamOptions: &cached.Options{TTL: time.Hour, MaxLoads: 5}, // and other options for GetTeam
//	}
//
// The name of each function in Stats, spans and metrics is the interface's and the method's, as in Store.GetUser, or
// begins with Options.Name. CachedStore is a ctxcache.Node: ctxcache.CloseAll(ctx, c) waits for the running loads, and
// then closes the cache. Close(ctx) only does the first. Both leave the inner Store open. If the interface has a method
// Close, Describe or Stats itself, then CachedStore is not a node, and has a method CachedFunctions() []ctxcache.Node
// instead:
//
//	err := ctxcache.CloseAll(ctx, c.CachedFunctions()...)
//
// To cache function variables, use funcvars.Replace, which needs no generated code.
//
// The interface may be generic, may embed others, and need not be exported. A method in the list has the form
//
//	func(ctx context.Context, arguments...) (T, error)
//
// with any arguments, also variadic ones. Cachegen refuses code that would not compile, or would cache wrongly, and
// reports the place, the reason and what to type. Names that the package declares in tests, or in files for other systems
// or tags, count as taken. Files with the line //go:build ignore do not count.
//
// # Arguments that make no key
//
// Arguments that differ must have different keys, or one caller gets the answer for another. JSON does not show all
// differences, so a parameter is refused if it is one of these, or contains one in a field, an element or a map:
//
//   - an interface, also as a variadic option like grpc.CallOption: Circle{1} and Square{1} have the same JSON
//   - a type parameter that may be an interface; one whose constraint lists types, as cmp.Ordered does, is accepted
//   - a struct with a field that JSON leaves out: an unexported one, one with the tag "-", one of two with the same name
//   - a slice or map with omitempty, because nil and empty are the same, and a pointer to a pointer, slice or map
//   - a struct that embeds a type with its own MarshalJSON or MarshalText in addition to other fields
//   - a channel, a function, a complex number, and a second context
//
// Then write a function that makes the key, and name it in the flag -key:
//
//	//go:generate go run github.com/ctxcache/cached/cmd/cachegen -type Geo -methods Search=1. -key Search=searchKey
//
//	type Geo interface {
//		Search(ctx context.Context, area Shape, words ...string) ([]Place, error)
//	}
//
//	func searchKey(ctx context.Context, area Shape, words ...string) (string, error) {
//		return cached.JSONKey(fmt.Sprintf("%T", area), area, words, userOf(ctx))
//	}
//
// The function is in the package of the interface. It can be called with the method's parameters and returns (string,
// error). Its parameters may be wider: one function with a proto.Message makes the keys of many methods. If the
// interface is generic, it may have the same type parameters. Whatever the method looks at belongs in the key: the type
// of a value in an interface, and the user or tenant if it comes from the context or from an option. If the function
// returns an error, the call returns a ctxcache.ErrKey. The function may be called concurrently.
//
// # Arguments that are not part of the key
//
// The flag -ignore leaves a parameter out of the keys. A key function then does not have it, nor do SetGetUser,
// ContainsGetUser, DeleteGetUser and KeyGetUser:
//
//	-ignore Search.opts    the parameter opts of Search
//	-ignore opts           the parameter opts of every method in -methods that has one
//
// A parameter without a name has the name that the generated code gives it: arg2 for the second one after the context.
// Ignore a parameter only if no result depends on it, such as a logger, or options that set a timeout. A call may get
// the result of a call with other options: with the credentials of another user, for example, or without a field that
// it asked for. An option that writes into a variable of the caller, as grpc.Header does, is not called on a hit, and
// may write when the caller has left.
//
// # Clients of gRPC and AWS
//
// Messages of protobuf have unexported fields, and call options are interfaces. Embed the generated client in an
// interface of your own:
//
//	//go:generate go run github.com/ctxcache/cached/cmd/cachegen -type Users -methods GetUser=user: -key GetUser=messageKey -ignore opts -codec GetUser
//
//	type Users interface{ pb.UsersClient }
//
//	func messageKey(_ context.Context, m proto.Message) (string, error) {
//		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
//		return string(b), err
//	}
//
//	type messageCodec[M proto.Message] struct{} // for GetUserCodec in the options: messageCodec[*pb.User]{}
//
//	func (messageCodec[M]) Encode(m M) ([]byte, error) { return proto.Marshal(m) }
//
//	func (messageCodec[M]) Decode(data []byte) (M, error) {
//		var none M
//		m := none.ProtoReflect().New().Interface().(M)
//		return m, proto.Unmarshal(data, m)
//	}
//
// List the methods of a client of AWS that you use in an interface of your own. Many inputs make a key without a
// function, and the options are a parameter of functions:
//
//	//go:generate go run github.com/ctxcache/cached/cmd/cachegen -type Objects -methods HeadObject=head: -ignore optFns -codec HeadObject
//
//	type Objects interface {
//		HeadObject(ctx context.Context, in *s3.HeadObjectInput, optFns ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
//	}
//
// Outputs have metadata of the response with unexported fields. If the callers do not read it, the codec
// layers.JSON[*s3.HeadObjectOutput]{Lossy: true} leaves it out.
//
// # Values and files
//
// A few values of accepted types share their JSON with others, such as -0 in a field with omitempty. They have no key,
// and the call returns a ctxcache.ErrKey. A type that marshals itself is accepted: its JSON must differ where its values
// do. A time.Time counts as its instant and its offset from UTC. A pointer counts as the value that it points to. The
// method gets nil for an empty list of variadic arguments, unless a function makes the key.
//
// A result that does not come back from JSON is refused, too: an interface, or a struct with a field that JSON leaves
// out. For such results there is the flag -codec.
//
// If the file of the interface has a build constraint, in a go:build line or in its name as store_linux.go has, then the
// generated file has it in a go:build line. Set tags by GOFLAGS=-tags=name,name.
//
// # Checks in CI
//
// With -check, cachegen writes nothing, and fails if the file is not what it would write. The line of go:generate can take
// the value from the environment:
//
//	//go:generate go tool cachegen -check=$CHECK -type Store -methods GetUser=1.
//
// Then go generate writes the file as before, and CHECK=true go generate ./... is a step of CI. It does not depend on Git.
//
// The flags are:
//
//	-type name       the interface, which is in the package of the current directory
//	-methods list    the methods to cache with their prefixes, which must not be empty: name=prefix,name=prefix
//	-codec list      the methods among these whose results JSON cannot hold: name,name. The options must have their codecs.
//	-key list        the methods among these whose keys a function makes: name=function,name=function
//	-ignore list     the parameters that are not part of the keys: name.parameter,parameter
//	-check           do not write the file, but fail unless it is what would be written; an empty value is false
//	-o file          the file to write, in the same directory; by default the interface's name in lower case and _cached.go
//
// A list may also be set in several flags: -key A=aKey -key B=bKey.
//
// The exit status is 0 after success and for -help, 2 if the flags are wrong, and 1 after any other failure, which
// includes a file that is out of date.
package main
