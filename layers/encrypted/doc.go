// Package encrypted is a layer for stores that must not learn what they hold. The operator of the store can neither
// read values nor alter them unnoticed. Six lines put it over a shared store:
//
//	secret, err := encrypted.NewSecret(random)       // such as 32 bytes of crypto/rand, the same in every process
//	opts := &encrypted.Options{Namespace: "production/users", Pad: true}
//	part := layers.Prefixed(store, "user:")          // store is a ctxcache.Cache[string, []byte]
//	users := encrypted.New(part, secret, opts)       // and so is users
//	err = users.Set(ctx, "ada", []byte("Ada Lovelace"), time.Hour)
//	value, err := users.Get(ctx, "ada")
//
// A key is stored as its keyed hash, HMAC-SHA-256. A value is sealed with XChaCha20-Poly1305 under a random nonce, with
// the key as authenticated data. The end of its life is sealed with it. The hash key and the cipher key are derived from
// one [Secret] by HKDF, for one namespace: see [Options]. The page docs/encryption.md says more about each of the
// following points.
//
// # What the store learns
//
// The store, and anyone who sees it, its backups or its traffic, learns
//
//   - the number of entries, and their sizes: exactly, or with [Options.Pad] as powers of two,
//   - which hash is read or written, and when. If it also sees what a user does, it learns which hash belongs to the user,
//   - the TTLs. A negative entry has a TTL of its own, which often gives it away,
//   - which secret an entry is sealed under.
//
// It cannot learn keys, not even by trying likely ones. It cannot see that two values are equal. With Pad it cannot
// distinguish a negative entry from a small value by its size. Without Pad it can: an encoded value is seldom empty.
//
// # What the store can do
//
// The store cannot read a value, alter one, move it to another key or to another namespace, or make a negative entry.
// For each of these attempts the reader gets [ctxcache.ErrCorrupt], and a loader then loads the value and overwrites the
// entry.
//
// The store can lose, delete and withhold entries. It can ignore a write or a deletion. It can replay: if it has kept
// an older value or a negative entry of the same key, it can put that back, and the reader does not notice. It can do so
// until the entry that it kept has ended, and for another minute, because clocks differ. An entry without a TTL of its
// own (0 or [ctxcache.NoExpiry]) has no end: it can be replayed as long as a reader has its secret. So give every entry a
// TTL, and where a replay would do harm, a short one. If not even that is acceptable, put a version into the value, or do
// not cache it.
//
// The store can also refuse leases and lose them, so the order of writes is only as good as the store.
//
// # Changing the secret
//
//	encrypted.New(inner, second, &encrypted.Options{
//		Namespace: "production/users", Old: []encrypted.Secret{first}, OldUntil: inAnHour, KeySecret: first,
//	})
//
// This cache opens values that were sealed under the first secret, and seals under the second one. Stored keys are
// still hashed with the first secret, because all processes that share the store must find the same stored keys, so
// that their writes, deletions and leases meet. KeySecret stays the same when the first secret leaves Old. A process
// that does not have the second secret yet finds values under it corrupt, and loads them again. To spare the source,
// put the second secret into the Old of every process before any process seals under it.
//
// Anyone who learns a secret reads everything that was ever sealed under it, and forges values and negative entries for
// every process that has it, in Old, too. So a stolen secret must leave Old at once. Anyone who learns a KeySecret can
// try likely keys and recognize their hashes, but cannot read or forge values with it. To change KeySecret, use a new
// part of the store (a new prefix), in all processes that share that part at once.
//
// # What is not supported
//
// Keys is unsupported, because a key cannot be computed from its hash. Clear is unsupported unless the layer is the
// only user of its inner cache: see Options.Alone. Remove and Len are unsupported, because the inner cache cannot
// distinguish a sealed negative entry from a value. Contains gets the value and opens it, and returns ErrCorrupt if it
// does not open. Set, Delete and Fill open nothing, so they work on every entry, whatever secret it is sealed under.
//
// A program in FIPS 140-only mode may not use XChaCha20-Poly1305. Every call then returns [ctxcache.ErrOptions].
package encrypted
