package rediscache

import (
	"errors"
	"fmt"
	"slices"
	"strings"

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

// unreached are words in the answer of a proxy that cannot reach the server behind it.
var unreached = []string{"connect", "timed out", "timeout", "unavailable", " down", "unreachable", "host", "upstream"}

// isUnreached reports whether err is the answer of a proxy that cannot reach the server behind it. Redis itself begins an
// answer with a code in upper case. The code is ERR if Redis has no better one, and ERR is also the code of proxies.
func isUnreached(err error) bool {
	answer, answered := errors.AsType[redis.Error](err)
	if !answered {
		return false
	}
	message := answer.Error()
	if code, _, _ := strings.Cut(message, " "); code != "ERR" && code == strings.ToUpper(code) {
		return false
	}
	message, _, _ = strings.Cut(strings.ToLower(message), unknownArgs) // a key may have the words
	return slices.ContainsFunc(unreached, func(words string) bool { return strings.Contains(message, words) })
}

// refuses reports whether err is the answer of a server that refuses a write, and would answer a read.
func refuses(err error) bool {
	if _, answered := errors.AsType[redis.Error](err); !answered || errors.Is(err, redis.Nil) || isUnreached(err) {
		return false
	}
	for _, outage := range outages {
		if redis.HasErrorPrefix(err, outage) {
			return false
		}
	}
	return true
}

// mayArrive reports whether a command that ended with err may be carried out later, or may have been. That may also be so
// if a proxy has answered that it cannot reach the server, or has waited for it too long.
func mayArrive(err error) bool { return unanswered(err) || isUnreached(err) }

// refused returns err, the error of a command that deletes a key. It wraps [ctxcache.ErrRefused] if the server refuses the
// command.
func refused(err error) error {
	if !refuses(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ctxcache.ErrRefused, err)
}
