// Package memcached is a cache in any number of Memcached servers, version 1.4 or later. It uses the client
// [github.com/bradfitz/gomemcache].
//
//	users, err := memcached.Open("cache1:11211,cache2:11211", &memcached.Options{Prefix: "users:"})
//	defer users.Close()
//	err = users.Set(ctx, "ada", data, time.Hour)
//	stored, err := users.Get(ctx, "ada") // ctxcache.ErrMiss if it is absent
//	err = users.Delete(ctx, "ada")
//
// Every key lives on one server. A [memcache.ServerSelector] picks it. If a server is down, only calls for its own keys
// fail. The error of a call for many keys names the keys that failed.
//
// # What is stored
//
// A value is an item under the prefix and the key. An [ItemCodec] makes its bytes and flags. A TTL is rounded up to
// whole seconds. Memcached counts the seconds of its own clock, and may end an item up to a second early. An item that
// lives for more than 30 days is stored with an absolute Unix time as its expiry: the clock of this machine sets it,
// and the clock of the server ends it.
//
// Two kinds of items are not values. They use the same keys. [Options].Plain forbids them. An item's flags say which
// kind it is, and no ItemCodec may use these flags:
//
//	flags 0xCAC4ED01  the marker of a lease: the token of its holder
//	flags 0xCAC4ED02  a negative entry, empty
//
// Leases and Remove need CAS IDs. A server that was started with -C does not send them: there GetLease and Remove return
// an error that says so. Remove of a Plain cache works without them.
//
// A lease stands as long as its marker does. The lease ends when any client does anything to the key (set, delete,
// flush_all), or when the server evicts the marker. Only touch does not end it.
//
// A Memcached key must not be empty, must not have more than 250 bytes with the prefix, and must not contain white
// space or control characters. Other keys are escaped, or hashed by SHA-256 if the escaped key is too long; see
// [Options].EncodeKey.
//
// This client cannot ask Memcached how long an item has to live. A TTL that is read is therefore always
// [ctxcache.Unknown], and a CopyTTL that is shorter than the TTL is stored instead of the TTL. Memcached does not list
// its keys either, so this cache does not implement Len, Clear and Keys.
//
// # Contexts and timeouts
//
// A call returns when its context is done, and after [Options].ReadTimeout or WriteTimeout at the latest, although
// gomemcache does not know contexts. The command then goes on without its caller. It ends with its answer, or after
// [Options].Timeout. After that timeout its connection is closed, so nobody else ever reads the late answer. At most
// [Options].MaxCalls calls are in progress, such abandoned ones included. After three timeouts in a row, calls fail at
// once, except for one at a time, until a server answers.
//
// A call for many keys asks all servers at once. If one of them hangs, only its own keys fail, with
// [ctxcache.ErrTimeout].
//
// EncodeKey and the ServerSelector run on the goroutine of the caller, so they must not block. If one of them panics, so
// does the call. If the caller has left, the process goes on, and [Cache.Close] returns an error. If DialContext or a
// connection that it made panics or calls runtime.Goexit, the call returns an error.
//
// # Commands that arrive late
//
// gomemcache never repeats a command. But a command without an answer may still be on its way, and arrive after later
// commands. Fill, Release, Drop, Remove and the renewal of leases send a cas with the CAS ID of what they replace, so
// they do nothing if they arrive late. A late delete, as Remove sends it without CAS, costs a miss. Two commands are undone, at once and again after
// [Options].Timeout:
//
//   - set. The key is deleted, so that its value cannot come back after a Delete.
//   - add, which grants a lease. Its marker is removed. The lease is never used: its holder has got an error.
//
// Whatever is waiting to be undone is forgotten at Close.
//
// # Errors
//
// All failures are [*ctxcache.Error]s, and unwrap to the error of gomemcache. To recognize a timeout, use errors.As
// with a [net.Error]. A value that is too large for the server is [ErrTooLarge]. Like a value that the ItemCodec cannot
// encode, it is a [ctxcache.ErrValue]. An item that the ItemCodec does not understand is [ctxcache.ErrCorrupt].
package memcached
