package memcached

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// outages are in the answers of a proxy that cannot reach the server, or of a server that serves no more connections. They
// would refuse reads, too.
var outages = []string{"connect", "time", "unavailable", "down", "unreachable", "closed", "host", "server"}

// refuses reports whether err is the answer of a server that refuses a write, and would answer a read.
func refuses(err error) bool {
	refused, outage := refusal(err)
	return refused && !outage
}

// mayArrive reports whether a command that ended with err, which may be nil, may be carried out later, or may have been.
// That may also be so if a proxy has answered that it cannot reach the server, or has waited for it too long.
func mayArrive(err error) bool {
	_, outage := refusal(err)
	return outage || err != nil && unanswered(err)
}

// refusal reports whether err, which may be nil, is the answer of a server or a proxy that does not carry out a command,
// and whether it is out.
func refusal(err error) (refused, outage bool) {
	if err == nil {
		return false, false
	}
	_, line, _ := strings.Cut(err.Error(), unexpectedAnswer)
	_, line, _ = strings.Cut(line, ": ")
	reason, refused := strings.CutPrefix(strings.ToLower(line), `"server_error`)
	if !refused {
		// ERROR alone means that the server does not have the command. It may also have too many connections.
		reason, refused = strings.CutPrefix(line, `"ERROR`)
	}
	if !refused {
		return false, false
	}
	return true, slices.ContainsFunc(outages, func(words string) bool { return strings.Contains(reason, words) })
}

// refused returns err, the error of a command that takes a value away. It wraps [ctxcache.ErrRefused] if the server
// refuses the command.
func refused(err error) error {
	if !refuses(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ctxcache.ErrRefused, discreet(err))
}
