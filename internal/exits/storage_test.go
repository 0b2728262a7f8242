package exits_test

import (
	"bufio"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/remotetest"
	"github.com/ctxcache/cached/layers/twolevel"
)

type cache = ctxcache.Cache[string, []byte]

const hour = time.Hour

// storage makes a cache. It also returns a function that reports whether anything, such as a marker, is stored under a
// key. That function asks the storage directly.
type storage struct {
	name string
	make func(t *testing.T, prefix string) (c cache, left func(key string) bool)
}

var storages = []storage{
	{"Memory", overMemory},
	{"Redis", overRedis},
	{"Memcached", overMemcached},
	{"TwoLevel", func(t *testing.T, prefix string) (cache, func(string) bool) {
		near, _ := overMemory(t, prefix)
		far, left := overRedis(t, prefix)
		return twolevel.New(near, far, nil), left
	}},
}

// overMemory cannot look into the storage. It is enough that the next lease is granted.
func overMemory(*testing.T, string) (cache, func(string) bool) {
	return memory.New[string, []byte](nil), func(string) bool { return false }
}

func overRedis(t *testing.T, prefix string) (cache, func(string) bool) {
	server := remotetest.Redis.Shared(t)
	return server.Cache(t, remotetest.Options{Prefix: prefix, LeaseTTL: hour}), func(key string) bool {
		return answer(t, server, "EXISTS "+prefix+key) != ":0\r\n"
	}
}

func overMemcached(t *testing.T, prefix string) (cache, func(string) bool) {
	server := remotetest.Memcached.Shared(t)
	return server.Cache(t, remotetest.Options{Prefix: prefix, LeaseTTL: hour}), func(key string) bool {
		return answer(t, server, "get "+prefix+key) != "END\r\n"
	}
}

// answer sends a command to a server and returns the first line of the answer.
func answer(t *testing.T, server remotetest.Server, command string) string {
	t.Helper()
	conn, err := net.Dial("tcp", server.Address())
	must(t, err)
	defer func() { must(t, conn.Close()) }()
	_, err = fmt.Fprintf(conn, "%s\r\n", command)
	must(t, err)
	line, err := bufio.NewReader(conn).ReadString('\n')
	must(t, err)
	return line
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
