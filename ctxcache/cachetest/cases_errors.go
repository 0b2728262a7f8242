package cachetest

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// secretKey and secretValue do not occur in a message by chance.
const secretKey, secretValue = "ada.lovelace@example.org", "4929-1234-5678-9012"

// errorCases are about rule 3.
func errorCases() []Case {
	const rule = "the message of an error contains neither the key nor the value"
	return slices.Concat(
		per(writers, "Errors/Message", rule, 0, func(p *probe, w writer) {
			err := w.write(p, secretKey, ctxcache.NewEntry([]byte(secretValue), -1))
			p.discreet(err, w.name)
		}),
		[]Case{{Name: "Errors/Message/Context", Rule: rule, run: func(p *probe) {
			ctx, cancel := context.WithCancel(p.ctx)
			cancel()
			_, err := p.cache.Get(ctx, secretKey)
			p.discreet(err, "Get")
			p.discreet(p.cache.Set(ctx, secretKey, []byte(secretValue), hour), "Set")
			p.discreet(p.cache.Delete(ctx, secretKey), "Delete")
			_, err = ctxcache.GetMany(ctx, p.cache, []string{secretKey, "other"})
			p.discreet(err, "GetMany")
			p.discreet(ctxcache.DeleteMany(ctx, p.cache, []string{secretKey, "other"}), "DeleteMany")
		}}},
	)
}

// discreet ends the case if err contains the key or the value.
func (p *probe) discreet(err error, what string) {
	p.Helper()
	if err == nil {
		return
	}
	for _, secret := range []string{secretKey, secretValue} {
		if strings.Contains(err.Error(), secret) {
			p.stops("%s: the error contains %q: %v", what, secret, err)
		}
	}
}

// failed ends the case if err, the error of a trial that failed, shows the key or the value, or does not say where it
// happened.
func (p *probe) failed(err error, what string) {
	p.Helper()
	p.discreet(err, what)
	for _, key := range []string{held, free} {
		about := ctxcache.KeyError(err, key)
		if _, ok := errors.AsType[*ctxcache.Error](about); about != nil && !ok {
			p.stops("%s: error %#v, want an *Error", what, about)
		}
	}
}
