package redistest

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/internal/testserver"
)

// Sentinels are a master, its replicas, and the sentinels that choose another master when it fails.
type Sentinels struct {
	Servers   []*Server // the first one is the master at the beginning, and the others are its replicas
	Sentinels []*Server
}

// MasterName is the name of the master at its sentinels.
const MasterName = "master"

// DownAfter is how long a master may be silent before its sentinels choose another one.
const DownAfter = time.Second

var sentinelKind = testserver.Kind{
	Binary: "redis-server",
	Args: func(host, port, dir string) []string {
		// A sentinel needs a file that it may write.
		return []string{filepath.Join(dir, "sentinel.conf"), "--sentinel", "--bind", host, "--port", port, "--dir", dir}
	},
	Ready:   "Sentinel ID is",
	Answers: func(ctx context.Context, addr string, _ int) bool { return answers(ctx, addr) },
}

// StartSentinels starts a master, replicas and sentinels. It waits until every sentinel knows all of them. They stop when
// the test ends.
func StartSentinels(t testing.TB, replicas, sentinels int) *Sentinels {
	t.Helper()
	s := &Sentinels{Servers: []*Server{Start(t, prompt...)}}
	host, port, err := net.SplitHostPort(s.Servers[0].Addr)
	must(t, err)
	for range replicas {
		s.Servers = append(s.Servers, Start(t, append([]string{"--replicaof", host + " " + port}, prompt...)...))
	}
	for _, replica := range s.Servers[1:] { // the sentinels learn of replicas from the master when they begin, or 10 s later
		AwaitReplication(t, replica.Client(t))
	}
	config := strings.Join([]string{
		"sentinel monitor " + MasterName + " " + host + " " + port + " " + strconv.Itoa(sentinels/2+1),
		"sentinel down-after-milliseconds " + MasterName + " " + strconv.FormatInt(DownAfter.Milliseconds(), 10),
		"sentinel failover-timeout " + MasterName + " 2000", // after a failover, the next one waits for twice as long
		"sentinel parallel-syncs " + MasterName + " 10",
		"",
	}, "\n")
	for range sentinels {
		s.Sentinels = append(s.Sentinels, startSentinel(t, config))
	}
	s.awaitSentinels(t, replicas, sentinels)
	return s
}

// hasten makes a sentinel look at its servers and talk to the others often. Otherwise a failover may take 20 s. Redis 7.0
// and later can do that.
func hasten(t testing.TB, sentinel *Server) {
	t.Helper()
	err := sentinel.Client(t).Do(t.Context(), "SENTINEL", "DEBUG", "INFO-PERIOD", 300, "PUBLISH-PERIOD", 300,
		"PING-PERIOD", 200, "ASK-PERIOD", 200, "ELECTION-TIMEOUT", 1000).Err()
	if err != nil {
		t.Logf("failovers take long: SENTINEL DEBUG: %v", err)
	}
}

// prompt are arguments for servers whose replicas shall follow at once.
var prompt = []string{"--repl-diskless-sync-delay", "0"} // by default a master waits 5 s for more replicas

// startSentinel starts a sentinel with what its file says.
func startSentinel(t testing.TB, config string) *Server {
	t.Helper()
	kind := sentinelKind
	kind.Args = func(host, port, dir string) []string {
		args := sentinelKind.Args(host, port, dir)
		must(t, os.WriteFile(args[0], []byte(config), 0o600))
		return args
	}
	sentinel := &Server{kind.Start(t)}
	hasten(t, sentinel)
	return sentinel
}

// awaitSentinels waits until every sentinel knows all replicas and all other sentinels.
func (s *Sentinels) awaitSentinels(t testing.TB, replicas, sentinels int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), clusterTimeout)
	defer cancel()
	for _, sentinel := range s.Sentinels {
		client := sentinelClient(t, sentinel)
		again(ctx, t, "every sentinel knows all servers", func() bool {
			state, err := client.Master(ctx, MasterName).Result()
			must(t, err)
			return state["num-slaves"] == strconv.Itoa(replicas) && state["num-other-sentinels"] == strconv.Itoa(sentinels-1)
		})
	}
}

func sentinelClient(t testing.TB, sentinel *Server) *redis.SentinelClient {
	client := redis.NewSentinelClient(sentinel.Options())
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

// Addrs returns the addresses of the sentinels.
func (s *Sentinels) Addrs() []string { return addrs(s.Sentinels) }

// Options returns the options of a client that waits [Patience] for the master.
func (s *Sentinels) Options() *redis.FailoverOptions {
	return &redis.FailoverOptions{
		MasterName: MasterName, SentinelAddrs: s.Addrs(),
		DialTimeout: Patience, ReadTimeout: Patience, WriteTimeout: Patience, PoolTimeout: Patience,
	}
}

// Client returns a client with these Options. It is closed when the test ends.
func (s *Sentinels) Client(t testing.TB) *redis.Client {
	client := redis.NewFailoverClient(s.Options())
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

// Master returns the server that the first sentinel takes for the master.
func (s *Sentinels) Master(t testing.TB) *Server {
	t.Helper()
	addr, err := masterAddr(t.Context(), sentinelClient(t, s.Sentinels[0]))
	must(t, err)
	return s.at(t, addr)
}

// Failover makes the sentinels choose another master while the present one works. It returns the new one: see
// AwaitFailover.
func (s *Sentinels) Failover(t testing.TB) *Server {
	t.Helper()
	old := s.Master(t)
	ctx, cancel := context.WithTimeout(t.Context(), clusterTimeout)
	defer cancel()
	client := sentinelClient(t, s.Sentinels[0])
	again(ctx, t, "a sentinel begins a failover", func() bool { // it refuses to for some time after another one
		return client.Failover(ctx, MasterName).Err() == nil
	})
	return s.AwaitFailover(t, old)
}

// AwaitFailover waits until all sentinels know a master that is not old, and returns it. If old was stopped or paused,
// the sentinels choose another master by themselves, after [DownAfter].
func (s *Sentinels) AwaitFailover(t testing.TB, old *Server) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), clusterTimeout)
	defer cancel()
	var master string
	for _, sentinel := range s.Sentinels {
		client := sentinelClient(t, sentinel)
		again(ctx, t, "every sentinel knows the new master", func() bool {
			addr, err := masterAddr(ctx, client)
			must(t, err)
			master = addr
			return addr != old.Addr
		})
	}
	server := s.at(t, master)
	AwaitMaster(t, server.Client(t))
	return server
}

// AwaitMaster waits until the server of client says that it is a master.
func AwaitMaster(t testing.TB, client *redis.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), clusterTimeout)
	defer cancel()
	again(ctx, t, "the server is a master", func() bool {
		info, err := client.Info(ctx, "replication").Result()
		must(t, err)
		return strings.Contains(info, "role:master")
	})
}

func masterAddr(ctx context.Context, client *redis.SentinelClient) (string, error) {
	addr, err := client.GetMasterAddrByName(ctx, MasterName).Result()
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(addr[0], addr[1]), nil
}

// at returns the server at an address.
func (s *Sentinels) at(t testing.TB, addr string) *Server {
	t.Helper()
	for _, server := range s.Servers {
		if server.Addr == addr {
			return server
		}
	}
	t.Fatalf("the sentinels know a master at %s, which this test has not started", addr)
	return nil
}
