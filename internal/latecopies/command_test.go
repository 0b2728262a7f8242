package latecopies_test

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ctxcache/cached/internal/latecopies"
)

func TestCommandsAreFramed(t *testing.T) {
	for _, c := range []struct {
		name     string
		protocol latecopies.Protocol
		raw      string
		want     []string
	}{
		{"Redis", latecopies.Redis, "*1\r\n$4\r\nPING\r\n", []string{"ping"}},
		{"Redis", latecopies.Redis, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$6\r\na\r\nb*1\r\n", []string{"set", "k", "a\r\nb*1"}},
		{"Redis", latecopies.Redis, "*2\r\n$3\r\nGET\r\n$0\r\n\r\n", []string{"get", ""}},
		{"Memcached", latecopies.Memcached, "gets a b\r\n", []string{"gets", "a", "b"}},
		{"Memcached", latecopies.Memcached, "set k 1 0 4\r\na\r\nb\r\n", []string{"set", "k", "1", "0", "4", "a\r\nb"}},
		{"Memcached", latecopies.Memcached, "cas k 1 0 1 77\r\nv\r\n", []string{"cas", "k", "1", "0", "1", "77", "v"}},
		{"Memcached", latecopies.Memcached, "ms k 1 T0\r\nv\r\n", []string{"ms", "k", "1", "T0", "v"}},
		{"Memcached", latecopies.Memcached, "delete k\r\n", []string{"delete", "k"}},
	} {
		r := bufio.NewReader(iotest.OneByteReader(strings.NewReader(c.raw + c.raw)))
		for range 2 {
			got, raw, err := c.protocol(r)
			if words := append([]string{got.Name}, got.Args...); err != nil || string(raw) != c.raw || !slices.Equal(words, c.want) {
				t.Errorf("%s: %q is read as %q with the bytes %q, %v", c.name, c.raw, words, raw, err)
			}
		}
		if _, _, err := c.protocol(r); err != io.EOF {
			t.Errorf("%s: at the end: %v, want EOF", c.name, err)
		}
	}
}

func TestBrokenCommandsAreErrors(t *testing.T) {
	for raw, protocol := range map[string]latecopies.Protocol{
		"PING\r\n":           latecopies.Redis,
		"*-1\r\n":            latecopies.Redis,
		"*0\r\n":             latecopies.Redis,
		"*1\r\nPING\r\n":     latecopies.Redis,
		"*1\r\n$9\r\nPING":   latecopies.Redis,
		"\r\n":               latecopies.Memcached,
		"set k 1 0\r\n":      latecopies.Memcached,
		"set k 1 0 one\r\n":  latecopies.Memcached,
		"set k 1 0 9\r\nv\r": latecopies.Memcached,
	} {
		if cmd, _, err := protocol(bufio.NewReader(strings.NewReader(raw))); err == nil || err == io.EOF {
			t.Errorf("%q is read as %v, %v, want an error", raw, cmd, err)
		}
	}
}

func TestMatches(t *testing.T) {
	cmd := latecopies.Command{Name: "set", Args: []string{"key", "value"}}
	for name, match := range map[string]latecopies.Match{
		"about the key":                    latecopies.About("key"),
		"about the key, with the name":     latecopies.About("key", "get", "set"),
		"the name":                         latecopies.Named("set"),
		"not about another key":            not(latecopies.About("ke")),
		"not about the key, another name":  not(latecopies.About("key", "get")),
		"not another name":                 not(latecopies.Named("get")),
		"not about the name instead a key": not(latecopies.About("set")),
	} {
		if !match(cmd) {
			t.Errorf("%v: want %s", cmd, name)
		}
	}
}

func not(m latecopies.Match) latecopies.Match {
	return func(c latecopies.Command) bool { return !m(c) }
}
