package coherence_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/internal/redistest"
)

// place is where the keys are.
type place struct {
	name    string
	clients []redis.UniversalClient // of the nodes
	foreign redis.UniversalClient
	apart   func(ctx context.Context) // cuts the first node off, until ctx is done at least
	restore func()                    // ends that
}

// cutNode is the name of the client of the node that is cut off.
const cutNode = "node0"

func names() []string { return []string{cutNode, "node1", "node2"} }

// oneServer returns a server. The first node is behind a proxy that can be cut.
func oneServer(t *testing.T) place {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr)
	p := place{name: "one server", foreign: server.Client(t)}
	for i, name := range names() {
		options := server.Options()
		options.ClientName = name
		if i == 0 {
			options.Addr = proxy.Addr
		}
		p.clients = append(p.clients, closed(t, redis.NewClient(options)))
	}
	p.apart = func(ctx context.Context) {
		proxy.Cut()
		<-ctx.Done()
	}
	p.restore = proxy.Restore
	return p
}

// sentinels returns a master with a replica, and three sentinels.
func sentinels(t *testing.T) place {
	s := redistest.StartSentinels(t, 1, 3)
	p := place{name: "sentinel", foreign: s.Client(t)}
	for _, name := range names() {
		options := s.Options()
		options.ClientName = name
		p.clients = append(p.clients, closed(t, redis.NewFailoverClient(options)))
	}
	master := s.Client(t)
	p.apart = func(ctx context.Context) { killConnections(ctx, t, master) }
	p.restore = func() {}
	return p
}

// cluster returns a cluster of three masters.
func cluster(t *testing.T) place {
	c := redistest.StartCluster(t, 3)
	p := place{name: "cluster", foreign: c.Client(t)}
	for _, name := range names() {
		p.clients = append(p.clients, closed(t, redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: c.Addrs(), ClientName: name, DialTimeout: redistest.Patience, ReadTimeout: redistest.Patience,
			WriteTimeout: redistest.Patience, PoolTimeout: redistest.Patience,
		})))
	}
	masters := c.Client(t)
	p.apart = func(ctx context.Context) {
		for ctx.Err() == nil {
			_ = masters.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
				killOnce(ctx, t, master)
				return nil
			}) // it fails only when ctx is done
			pause(ctx)
		}
	}
	p.restore = func() {}
	return p
}

// closed closes a client when the test has ended.
func closed[C interface{ Close() error }](t *testing.T, client C) C {
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Errorf("closing a client: %v", err)
		}
	})
	return client
}

// killConnections ends the connections of the first node, again and again, until ctx is done.
func killConnections(ctx context.Context, t *testing.T, server *redis.Client) {
	for ctx.Err() == nil {
		killOnce(ctx, t, server)
		pause(ctx)
	}
}

// killOnce ends the connections that the first node has now. The one that reports changes is among them.
func killOnce(ctx context.Context, t *testing.T, server *redis.Client) {
	list, err := server.ClientList(ctx).Result()
	if err != nil {
		if ctx.Err() == nil {
			t.Errorf("CLIENT LIST: %v", err)
		}
		return
	}
	for line := range strings.Lines(list) {
		fields := strings.Fields(line)
		if len(fields) == 0 || !strings.Contains(line, " name="+cutNode+" ") {
			continue
		}
		id := strings.TrimPrefix(fields[0], "id=")
		// It may have ended meanwhile.
		_ = server.ClientKillByFilter(ctx, "ID", id).Err()
	}
}

func pause(ctx context.Context) {
	select {
	case <-time.After(5 * time.Millisecond):
	case <-ctx.Done():
	}
}
