package memory

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Check warns of a cache without a bound, and of invalid options: see [ctxcache.Check].
func (c *Cache[K, V]) Check(context.Context) ([]ctxcache.Warning, error) {
	var warnings []ctxcache.Warning
	if c.invalid != nil {
		warnings = append(warnings, ctxcache.InvalidOptions(c.invalid))
	}
	if o := c.options.Load(); o.MaxEntries == Unbounded && !o.costly() {
		warnings = append(warnings, ctxcache.Warning{
			Code: "unbounded",
			Text: "it has no bound and grows with every new key. Set MaxEntries, MaxBytes, MemoryShare or MaxCost",
		})
	}
	return warnings, nil
}
