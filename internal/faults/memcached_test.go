package faults_test

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// threeMemcached are three Memcached servers that share the keys.
type threeMemcached struct{ all []*memcachedtest.Server }

func startMemcached(t *testing.T) servers {
	m := &threeMemcached{}
	for range 3 {
		m.all = append(m.all, memcachedtest.Start(t, "-m", "2"))
	}
	return m
}

func (m *threeMemcached) addrs() []string {
	var addrs []string
	for _, server := range m.all {
		addrs = append(addrs, server.Addr)
	}
	return addrs
}

func (m *threeMemcached) open(t *testing.T, through links) (bytesCache, func() error) {
	c, err := memcached.Open(strings.Join(m.addrs(), ","), &memcached.Options{
		Prefix: prefix, WriteTimeout: 300 * time.Millisecond, Timeout: clientTimeout, DialContext: through.dial,
	})
	must(t, err)
	return c, c.Close
}

// connections returns how many connections all servers have, without the ones that ask.
func (m *threeMemcached) connections(t *testing.T) int {
	total := 0
	for _, server := range m.all {
		total += statOf(t, server.Addr, "curr_connections") - 1
	}
	return total
}

// statOf returns a number that the Memcached at an address reports.
func statOf(t *testing.T, addr, name string) int {
	conn, err := net.Dial("tcp", addr)
	must(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("stats\r\n"))
	must(t, err)
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		var n int
		if _, err := fmt.Sscanf(lines.Text(), "STAT "+name+" %d", &n); err == nil {
			return n
		}
	}
	t.Fatalf("the Memcached at %s does not report %s: %v", addr, name, lines.Err())
	return 0
}

// evict makes the servers, which have 2 MB, evict a part of the keys, while others fill them.
func (m *threeMemcached) evict(s *scene) {
	client := memcache.New(m.addrs()...)
	defer client.Close()
	junk := make([]byte, 400) // about as large as an item of the test, so that it takes the same class of memory
	for i := 0; statOf(s.t, m.all[0].Addr, "evictions") < 1000; i++ {
		must(s.t, client.Set(&memcache.Item{Key: "junk" + strconv.Itoa(i), Value: junk, Expiration: 60}))
	}
}
