package memcached

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// spend makes exchanges that should end the leases on many keys, as a call of op.
func (s *store) spend(ctx context.Context, op ctxcache.Operation, byKey map[string]*exchange) error {
	n := len(byKey)
	keys, stored := make([]string, 0, n), make([]string, 0, n)
	exchanges, errs := make([]*exchange, 0, n), make([]error, 0, n)
	for key, x := range byKey {
		keys, exchanges, errs = append(keys, key), append(exchanges, x), append(errs, x.err)
		if x.lease == nil {
			stored = append(stored, "")
		} else {
			stored = append(stored, x.lease.stored)
		}
	}
	s.inParts(ctx, op, s.split(stored, errs), errs, ask{do: func(p *part) *answer {
		mine := make([]*exchange, len(p.at))
		for n, i := range p.at {
			mine[n] = exchanges[i]
		}
		s.swapAll(mine...)
		a := &answer{errs: make([]error, len(mine))}
		for n, x := range mine {
			a.errs[n] = x.spent()
		}
		return a
	}})
	return s.failMany(ctx, op, keys, errs)
}
