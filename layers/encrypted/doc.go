// Package encrypted is a layer for stores that must not learn what they hold. The operator of the store can neither
// read values nor alter them unnoticed. Five lines put it over a shared store:
//
//	secret, err := encrypted.NewSecret(random)       // such as 32 bytes of crypto/rand, the same in every process
//	part := layers.Prefixed(store, "user:")          // store is a ctxcache.Cache[string, []byte]
//	users := encrypted.New(part, secret, nil)        // and so is users
//	err = users.Set(ctx, "ada", []byte("Ada Lovelace"), time.Hour)
//	value, err := users.Get(ctx, "ada")
//
// A key is stored as its keyed hash, HMAC-SHA-256. A value is sealed with XChaCha20-Poly1305 under a random nonce, with
// the key as authenticated data. The hash key and the cipher key are derived from one [Secret] by HKDF, for one
// namespace: see [Options].
//
// # What the store learns
//
// The store, and anyone who sees it or its traffic, learns the number and the sizes of entries, the times of reads and
// writes of a hash, its TTLs, which secret a value is sealed under, and that two accesses in one namespace are to the
// same key. It cannot learn keys, not even by trying likely ones. It cannot see that two values are equal. It cannot
// distinguish a negative entry from an empty value.
//
// # What the store can do
//
// The store cannot read a value, alter one, move it to another key, or replay it in another namespace, such as another
// prefix. It cannot forge a negative entry, because negative entries are sealed like values. For each of these attempts
// the reader gets [ctxcache.ErrCorrupt], and a loader then loads the value and overwrites the entry.
//
// The store can lose or withhold entries. It can keep them beyond their TTL, or report another TTL. It can put back an
// older value of the same key, as long as the reader has that value's secret. If that matters, put a version into the
// value. It can also refuse leases and lose them, so the order of writes is only as good as the store.
//
// # Changing the secret
//
//	encrypted.New(inner, second, &encrypted.Options{Old: []encrypted.Secret{first}, KeySecret: first})
//
// This cache opens values that were sealed under the first secret, and seals under the second one. Stored keys are
// still hashed with the first secret, because all processes that share the store must find the same stored keys, so
// that their writes, deletions and leases meet. KeySecret stays the same when the first secret leaves Old. A process
// that does not have the second secret yet finds values under it corrupt, and loads them again. To spare the source,
// put the second secret into the Old of every process before any process seals under it.
//
// Anyone who learns a KeySecret can try likely keys and recognise their hashes, but cannot read values with it. To
// change KeySecret, use a new part of the store (a new prefix), in all processes that share that part at once.
//
// # What is not supported
//
// Keys is unsupported, because a key cannot be computed from its hash. Clear is unsupported unless the layer is the
// only user of its inner cache: see Options.Alone. Remove and Len are unsupported, because the inner cache cannot
// distinguish a sealed negative entry from a value. Contains gets the value and opens it.
package encrypted
