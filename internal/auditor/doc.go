// Package auditor looks for values in a cache that are too old. It samples a fraction of a cache's hits. After a delay,
// which lets changes under way arrive, it reads the key again from the cache and from the source: a far cache, or a
// database. It counts the keys for which the two differ, by how long they have differed.
//
//	audit := auditor.New[string, User](&auditor.Options[User]{Every: 1000, Delay: time.Second, Bound: time.Minute})
//	near := audit.Sampled(memory.New(&memory.Options[string, User]{MaxEntries: 100_000}))
//	users := twolevel.New(near, far, &twolevel.Options{NearTTL: time.Minute})
//	audit.Start(auditor.Reads(users), auditor.Reads(far))
//	defer audit.Close()
//	fmt.Println(audit.Report())
//
// The samples come from near, which gives the old values. The auditor compares what the callers of the whole stack get: near
// may have copies that the stack does not use.
//
// # Prior work
//
// Two services look for stale values in this way. Meta's Polaris asks the replicas of a cache about a key that has
// changed, asks again after longer and longer times, and reports the keys that differ by how long they have differed
// ("Cache made consistent", Meta Engineering, 2022). Uber's Cache Inspector reads the change log of a database with a
// delay, and compares the rows with the cached ones ("How Uber Serves Over 40 Million Reads Per Second from Online
// Storage Using an Integrated Cache", Uber Engineering, 2024). Both begin with a change, and need a stream of changes.
// This one begins with a hit, so it needs none, and it audits most what is read most.
package auditor
