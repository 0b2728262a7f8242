package twolevel

import (
	"context"
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Check warns of options that are invalid or do not fit the two levels: see [ctxcache.Check].
func (c *Cache[K, V]) Check(context.Context) ([]ctxcache.Warning, error) {
	if c.invalid != nil {
		if c.opts.Validate() == nil { // so the levels do not support what Coherent needs
			return []ctxcache.Warning{{Code: "cannot_watch", Text: "every call fails: " + c.invalid.Error()}}, nil
		}
		return []ctxcache.Warning{ctxcache.InvalidOptions(c.invalid)}, nil
	}
	var warnings []ctxcache.Warning
	shared := c.far.Supports().Has(ctxcache.CapLeaseShared) || ctxcache.TimeoutsOf(&c.far) != ctxcache.Timeouts{}
	if shared && !c.opts.Coherent && c.opts.NearTTL == 0 {
		warnings = append(warnings, ctxcache.Warning{
			Code: "near_unlimited",
			Text: "near keeps a value as long as far, so this process may return a value that another process has replaced " +
				"for all that time. Set NearTTL",
		})
	}
	if ttl := defaultTTL(c.about.Children[1]); ttl > 0 && c.opts.NearTTL > ttl {
		warnings = append(warnings, ctxcache.Warning{
			Code: "near_above_far",
			Text: fmt.Sprintf("NearTTL is %v, and far keeps values for %v by default. A near copy never outlives far's. Lower NearTTL",
				c.opts.NearTTL, ttl),
		})
	}
	return warnings, nil
}

// defaultTTL returns the default TTL of the outermost node of a stack that has one, or 0.
func defaultTTL(stack ctxcache.Node) (ttl time.Duration) {
	ctxcache.Walk(stack, func(_ int, _ ctxcache.Node, d ctxcache.Description) bool {
		for _, option := range d.Options {
			if value, ok := option.Value.(time.Duration); ok && option.Name == "ttl" {
				ttl = value
			}
		}
		return ttl == 0
	})
	return ttl
}
