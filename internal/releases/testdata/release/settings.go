package main

import (
	"flag"
	"fmt"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
)

// patience is how long a call waits for the server. Even a busy machine does not take that long.
const patience = time.Minute

type settings struct {
	store, addr, prefix string
	ttl                 time.Duration
	envelope            bool
}

func run() error {
	var s settings
	change := flag.String("change", "", "what the releases have different: renamed, retyped, added, removed, nested or large")
	flag.StringVar(&s.store, "store", "", "redis or memcached")
	flag.StringVar(&s.addr, "addr", "", "the address of the server")
	flag.StringVar(&s.prefix, "prefix", "", "the prefix of all keys")
	flag.DurationVar(&s.ttl, "ttl", time.Hour, "the life of the values")
	flag.BoolVar(&s.envelope, "envelope", true, "store the values in envelopes")
	flag.Parse()
	switch *change {
	case "renamed":
		return serve[*renamed](s)
	case "retyped":
		return serve[*retyped](s)
	case "added":
		return serve[*added](s)
	case "removed":
		return serve[*removed](s)
	case "nested":
		return serve[*nested](s)
	case "large":
		return serve[*large](s)
	}
	return fmt.Errorf("unknown change %q", *change)
}

// open opens the store. The limits are long, so that no answer depends on how busy the machine is.
func (s *settings) open() (ctxcache.Cache[string, []byte], error) {
	switch s.store {
	case "redis":
		return rediscache.Open("redis://"+s.addr+"?read_timeout="+patience.String(), &rediscache.Options{
			WholeDatabase: true, ReadTimeout: patience, WriteTimeout: patience,
		})
	case "memcached":
		return memcached.Open(s.addr, &memcached.Options{
			WholeServers: true, Timeout: patience, ReadTimeout: patience, WriteTimeout: patience,
		})
	}
	return nil, fmt.Errorf("unknown store %q", s.store)
}
