package faults_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisServers are servers of Redis.
type redisServers interface {
	// masters returns a client of the test at each master.
	masters(t *testing.T) []*redis.Client
}

// killWatchers closes the connections that report changes, again and again while the fault lasts.
func killWatchers(s *scene) {
	killed := 0
	for began := time.Now(); time.Since(began) < timesOfRow().fault; s.wait(100 * time.Millisecond) {
		for _, admin := range s.servers.(redisServers).masters(s.t) {
			for _, id := range watchers(s.t, admin) {
				if err := admin.Do(s.t.Context(), "CLIENT", "KILL", "ID", id).Err(); err == nil { // otherwise it has just ended
					killed++
				}
			}
		}
	}
	if killed == 0 {
		s.t.Error("there was no connection to kill")
	}
}

// watchers returns the ids of the nodes' connections that report changes.
func watchers(t *testing.T, admin *redis.Client) (ids []string) {
	list, err := admin.Do(t.Context(), "CLIENT", "LIST", "TYPE", "pubsub").Text()
	must(t, err)
	for line := range strings.Lines(list) {
		if strings.Contains(line, " name="+nodeName+" ") {
			id, _, _ := strings.Cut(strings.TrimPrefix(line, "id="), " ")
			ids = append(ids, id)
		}
	}
	return ids
}

// evict makes a server keep a part of the keys only, while others fill it. Tag is a key that belongs to the server.
func evict(s *scene, admin *redis.Client, tag string) {
	ctx := s.t.Context()
	must(s.t, admin.ConfigSet(ctx, "maxmemory-policy", "allkeys-lru").Err())
	used := info(s.t, admin, "memory", "used_memory")
	// The backlog for replicas counts, too, and grows to a megabyte. With less room it would take all, and every write would
	// be refused.
	must(s.t, admin.ConfigSet(ctx, "maxmemory", strconv.Itoa(used+4_000_000)).Err())
	junk := strings.Repeat("x", 20_000)
	for i := 0; info(s.t, admin, "stats", "evicted_keys") < 200; i++ {
		err := admin.Set(ctx, "{"+tag+"}junk"+strconv.Itoa(i), junk, time.Minute).Err()
		if err != nil && !redis.HasErrorPrefix(err, "OOM") { // it evicts a few keys at a time, and refuses writes meanwhile
			s.t.Fatal(err)
		}
	}
}

// keepAll ends evict.
func keepAll(s *scene, admin *redis.Client) {
	must(s.t, admin.ConfigSet(s.t.Context(), "maxmemory", "0").Err())
}

// info returns a number of INFO.
func info(t *testing.T, admin *redis.Client, section, name string) int {
	text, err := admin.Info(t.Context(), section).Result()
	must(t, err)
	_, rest, _ := strings.Cut(text, "\r\n"+name+":")
	number, _, _ := strings.Cut(rest, "\r\n")
	n, err := strconv.Atoi(number)
	must(t, err)
	return n
}

// refuseWrites removes the folder of a server and lets it fail to save, so that it refuses writes with MISCONF. It returns
// what ends this. Tag is a key that belongs to the server.
func refuseWrites(s *scene, admin *redis.Client, tag string) (end func()) {
	dir, err := admin.ConfigGet(s.t.Context(), "dir").Result()
	must(s.t, err)
	must(s.t, admin.ConfigSet(s.t.Context(), "save", "3600 1").Err())
	must(s.t, os.RemoveAll(dir["dir"]))
	must(s.t, admin.BgSave(s.t.Context()).Err())
	probe := func(ctx context.Context) error { return admin.Set(ctx, tag, "", time.Minute).Err() }
	s.await("the server refuses writes", func(ctx context.Context) bool { return redis.HasErrorPrefix(probe(ctx), "MISCONF") })
	return func() {
		must(s.t, admin.ConfigSet(s.t.Context(), "save", "").Err()) // it need not save any more
		s.await("the server takes writes", func(ctx context.Context) bool { return probe(ctx) == nil })
	}
}
