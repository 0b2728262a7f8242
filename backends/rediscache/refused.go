package rediscache

import (
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
)

// outages begin the answers of a server that refuses reads, too, or that refuses the whole connection. After any other
// answer, readers still get the old value.
var outages = []string{
	"LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK", "BUSY ", // of the server or of the slot
	"NOAUTH", "WRONGPASS", "DENIED", "invalid password", "Client sent AUTH", "AUTH ", // of the connection
	"max number of clients", "DB index", "invalid DB index",
}

// refuses reports whether err is the answer of a server that refuses a write, and would answer a read.
func refuses(err error) bool {
	if _, answered := errors.AsType[redis.Error](err); !answered || errors.Is(err, redis.Nil) {
		return false
	}
	for _, outage := range outages {
		if redis.HasErrorPrefix(err, outage) {
			return false
		}
	}
	return true
}

// refused returns err, the error of a command that deletes a key. It wraps [ctxcache.ErrRefused] if the server refuses the
// command.
func refused(err error) error {
	if !refuses(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ctxcache.ErrRefused, err)
}
