package calls

import (
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// OpCheck is the operation of a call that asks the servers for [ctxcache.Check]. It has the limit of a write, because it
// takes several round trips.
const OpCheck ctxcache.Operation = "check"

// Warnings returns what [ctxcache.Check] should say about the options and the limits. It asks no server. If the options
// are invalid, every call fails, and there is nothing to ask.
func (b *Backend) Warnings() (warnings []ctxcache.Warning, invalid bool) {
	if b.about.Invalid != nil {
		return []ctxcache.Warning{ctxcache.InvalidOptions(b.about.Invalid)}, true
	}
	if limits := b.Timeouts(); limits.Read == ctxcache.NoExpiry || limits.Write == ctxcache.NoExpiry {
		warnings = append(warnings, ctxcache.Warning{
			Code: "no_timeout",
			Text: "a server that hangs holds up every caller. Set ReadTimeout and WriteTimeout to other values than NoExpiry",
		})
	}
	timeouts, late := b.Counts.timeouts.Load(), b.Counts.late.Load()
	if late > 0 && late >= timeouts-timeouts/2 {
		warnings = append(warnings, ctxcache.Warning{
			Code: "answers_late",
			Text: fmt.Sprintf("%d of %d calls without an answer in time were answered late, after up to %v, and ReadTimeout is %v. "+
				"The timeout, not the server, makes these misses. Raise ReadTimeout", late, timeouts, b.Counts.Slowest(), b.Timeouts().Read),
		})
	}
	return warnings, false
}
