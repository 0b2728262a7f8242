package memcached

import (
	"fmt"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// outages are in the answers of a proxy that cannot reach the server, or of a server that serves no more connections. They
// would refuse reads, too.
var outages = []string{"connect", "time", "unavailable", "down", "unreachable", "closed", "host", "server"}

// refuses reports whether err is the answer of a server that refuses a write, and would answer a read.
func refuses(err error) bool {
	if err == nil {
		return false
	}
	_, line, unexpected := strings.Cut(err.Error(), unexpectedAnswer)
	if !unexpected {
		return false
	}
	_, line, _ = strings.Cut(line, ": ")
	reason, refused := strings.CutPrefix(strings.ToLower(line), `"server_error`)
	if !refused {
		// ERROR alone means that the server does not have the command. It may also have too many connections.
		reason, refused = strings.CutPrefix(line, `"ERROR`)
	}
	if !refused {
		return false
	}
	for _, outage := range outages {
		if strings.Contains(reason, outage) {
			return false
		}
	}
	return true
}

// refused returns err, the error of a command that takes a value away. It wraps [ctxcache.ErrRefused] if the server
// refuses the command.
func refused(err error) error {
	if !refuses(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ctxcache.ErrRefused, discreet(err))
}
