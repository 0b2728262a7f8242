package faults_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// nearTTL is the NearTTL of the stacks whose values may be as old as that.
const nearTTL = time.Second

// uncapped follows far's changes, and has no NearTTL that would hide what it does not hear.
func uncapped() stack {
	return stack{options: twolevel.Options{Resilient: true, Strict: true, Coherent: true, OutageTTL: nearTTL}}
}

// coherent follows far's changes, so a value is old for the WatchTimeout at most, as long as far answers. A node that far
// does not answer works alone, and its near copies live for NearTTL.
func coherent() stack {
	s := uncapped()
	s.options.NearTTL = nearTTL
	return s
}

// unwatched does not follow far, so a value is old for NearTTL at most.
func unwatched() stack {
	s := coherent()
	s.options.Coherent = false
	return s
}

func rows() []row {
	return slices.Concat(redisRows(), channelRows(), clusterRows(), sentinelRows(), memcachedRows())
}

// of completes the rows of a topology.
func of(topology string, start func(t *testing.T) servers, rows []row) []row {
	for i := range rows {
		rows[i].topology, rows[i].start = topology, start
		if rows[i].fails == nil {
			rows[i].fails = func(*scene) {}
		}
	}
	return rows
}

func redisRows() []row {
	one := func(s *scene) *oneRedis { return s.servers.(*oneRedis) }
	return of("Redis", startRedis, []row{
		{fault: "none", stack: coherent(), bound: watchTimeout},
		{
			fault: "SIGKILL, restart", stack: coherent(), bound: nearTTL,
			fails: func(s *scene) { one(s).server.Stop() },
			heals: func(s *scene) { one(s).server.Restart() },
		},
		{
			fault: "SIGSTOP, SIGCONT", short: true, stack: coherent(), bound: nearTTL,
			fails: func(s *scene) { one(s).server.Pause() },
			heals: func(s *scene) { one(s).server.Resume() },
		},
		cutOff(), halfOpen(), allHalfOpen(),
		{fault: "CLIENT KILL of the watches", short: true, stack: coherent(), bound: watchTimeout, fails: killWatchers},
		{
			fault: "maxmemory, allkeys-lru", stack: coherent(), bound: watchTimeout,
			fails: func(s *scene) { evict(s, one(s).admin, "k") },
			heals: func(s *scene) { keepAll(s, one(s).admin) },
		},
		{
			fault: "refused writes (MISCONF)", stack: coherent(), bound: watchTimeout,
			fails: func(s *scene) { s.undo = refuseWrites(s, one(s).admin, "k") },
			heals: func(s *scene) { s.undo() },
		},
		{
			fault: "MISCONF and CLIENT KILL", stack: uncapped(), bound: watchTimeout,
			fails: func(s *scene) {
				s.undo = refuseWrites(s, one(s).admin, "k")
				killWatchers(s)
			},
			heals: func(s *scene) { s.undo() },
		},
		{fault: "planted: 15 % is heard", short: true, planted: true, bound: watchTimeout, stack: uncapped().withFar(newDeaf)},
		{
			fault: "planted: no flush", short: true, planted: true, bound: watchTimeout,
			stack: uncapped().withFar(newProud), fails: killWatchers,
		},
		{
			fault: "planted: tracking lost", short: true, planted: true, bound: watchTimeout,
			stack: uncapped().withFar(newUntracked), fails: killWatchers,
		},
		{fault: "planted: no NearTTL", short: true, planted: true, bound: nearTTL, stack: unwatched().withNear(newLasting)},
	})
}

// channelRows are about caches that follow a channel of pub/sub.
func channelRows() []row {
	one := func(s *scene) *oneRedis { return s.servers.(*oneRedis) }
	return of("Channel", startChannelRedis, []row{
		{fault: "none", stack: uncapped(), bound: watchTimeout},
		{
			fault: "SIGKILL, restart", stack: coherent(), bound: nearTTL,
			fails: func(s *scene) { one(s).server.Stop() },
			heals: func(s *scene) { one(s).server.Restart() },
		},
		{
			fault: "SIGSTOP, SIGCONT", stack: coherent(), bound: nearTTL,
			fails: func(s *scene) { one(s).server.Pause() },
			heals: func(s *scene) { one(s).server.Resume() },
		},
		cutOff(), halfOpen(),
		{fault: "CLIENT KILL of the watches", stack: uncapped(), bound: watchTimeout, fails: killWatchers},
	})
}

// The next rows are about the network between the servers and the nodes.

func cutOff() row {
	return row{
		fault: "one node is cut off", linked: true, stack: coherent(), bound: nearTTL,
		fails: func(s *scene) { s.links[0].cut() },
		heals: func(s *scene) { s.links[0].restore() },
	}
}

func halfOpen() row {
	return row{
		fault: "one node is half-open", linked: true, stack: coherent(), bound: nearTTL,
		fails: func(s *scene) { s.links[0].silence() },
		heals: func(s *scene) { s.links[0].restore() },
	}
}

func allHalfOpen() row {
	return row{
		fault: "all nodes are half-open", linked: true, stack: coherent(), bound: nearTTL,
		fails: func(s *scene) { s.eachLink(links.silence) },
		heals: func(s *scene) { s.eachLink(links.restore) },
	}
}

func clusterRows() []row {
	cluster := func(s *scene) *redisCluster { return s.servers.(*redisCluster) }
	return of("Cluster 3+3", startCluster, []row{
		{
			fault: "CLUSTER FAILOVER", stack: coherent(), bound: nearTTL,
			fails: func(s *scene) { cluster(s).Failover(s.t, 0) },
			heals: func(s *scene) { redistest.AwaitReplication(s.t, cluster(s).admins[cluster(s).Replicas[0]]) },
		},
		{
			fault: "SIGKILL of a master", stack: coherent(), bound: nearTTL,
			fails: func(s *scene) {
				s.loses(cluster(s).Nodes[0].Stop)
				s.wait(timesOfRow().fault / 2)
				cluster(s).Failover(s.t, 0)
			},
			heals: func(s *scene) {
				s.loses(func() {
					cluster(s).Replicas[0].Restart()
					redistest.AwaitReplication(s.t, cluster(s).admins[cluster(s).Replicas[0]])
				})
			},
		},
		{
			fault: "SIGSTOP of a master", stack: coherent(), bound: nearTTL,
			fails: func(s *scene) {
				s.loses(cluster(s).Nodes[0].Pause)
				s.wait(timesOfRow().fault / 2)
				cluster(s).Failover(s.t, 0)
			},
			heals: func(s *scene) {
				s.loses(func() {
					cluster(s).Replicas[0].Resume()
					redistest.AwaitReplication(s.t, cluster(s).admins[cluster(s).Replicas[0]])
				})
			},
		},
		{
			fault: "SIGSTOP, SIGCONT", stack: coherent(), bound: nearTTL,
			fails: func(s *scene) { cluster(s).Nodes[0].Pause() },
			heals: func(s *scene) { cluster(s).Nodes[0].Resume() },
		},
		{fault: "slots move", stack: coherent(), bound: watchTimeout, fails: func(s *scene) { cluster(s).moveSlots(s) }},
		cutOff(), halfOpen(),
		{fault: "CLIENT KILL of the watches", stack: coherent(), bound: watchTimeout, fails: killWatchers},
		{
			fault: "maxmemory, allkeys-lru", stack: coherent(), bound: watchTimeout,
			fails: func(s *scene) { evict(s, cluster(s).first(), cluster(s).tag) },
			heals: func(s *scene) { keepAll(s, cluster(s).first()) },
		},
		{
			fault: "refused writes (MISCONF)", stack: coherent(), bound: watchTimeout,
			fails: func(s *scene) { s.undo = refuseWrites(s, cluster(s).first(), cluster(s).tag) },
			heals: func(s *scene) { s.undo() },
		},
	})
}

func sentinelRows() []row {
	sentinels := func(s *scene) *redisSentinels { return s.servers.(*redisSentinels) }
	return of("3 sentinels", startSentinels, []row{
		{
			fault: "SENTINEL FAILOVER", stack: coherent(), bound: nearTTL,
			fails: func(s *scene) {
				s.loses(func() {
					sentinels(s).Failover(s.t)
					redistest.AwaitReplication(s.t, sentinels(s).admins[sentinels(s).old])
				})
			},
		},
		{
			fault: "SIGKILL of the master", stack: coherent(), bound: nearTTL,
			fails: func(s *scene) {
				s.loses(sentinels(s).old.Stop)
				sentinels(s).AwaitFailover(s.t, sentinels(s).old)
			},
			heals: func(s *scene) {
				s.loses(func() {
					sentinels(s).old.Restart()
					redistest.AwaitReplication(s.t, sentinels(s).admins[sentinels(s).old])
				})
			},
		},
		{
			fault: "SIGSTOP of the master", stack: coherent(), bound: nearTTL,
			fails: func(s *scene) {
				s.loses(sentinels(s).old.Pause)
				sentinels(s).AwaitFailover(s.t, sentinels(s).old)
			},
			heals: func(s *scene) {
				s.loses(func() {
					sentinels(s).old.Resume()
					redistest.AwaitReplication(s.t, sentinels(s).admins[sentinels(s).old])
				})
			},
		},
		cutOff(), halfOpen(),
		{fault: "CLIENT KILL of the watches", stack: coherent(), bound: watchTimeout, fails: killWatchers},
	})
}

func memcachedRows() []row {
	first := func(s *scene) *memcachedtest.Server { return s.servers.(*threeMemcached).all[0] }
	rows := []row{
		{
			fault: "SIGKILL, restart",
			fails: func(s *scene) { first(s).Stop() }, heals: func(s *scene) { first(s).Restart() },
		},
		{
			fault: "SIGSTOP, SIGCONT", short: true,
			fails: func(s *scene) { first(s).Pause() }, heals: func(s *scene) { first(s).Resume() },
		},
		cutOff(), halfOpen(), allHalfOpen(),
		{fault: "eviction", fails: func(s *scene) { s.servers.(*threeMemcached).evict(s) }},
	}
	for i := range rows {
		rows[i].stack, rows[i].bound, rows[i].forgets = unwatched(), nearTTL, true
	}
	return of("3 Memcached", startMemcached, rows)
}
