package twolevel

import (
	"context"
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Check warns of options that are invalid or do not fit the two levels: see [ctxcache.Check].
func (c *Cache[K, V]) Check(ctx context.Context) ([]ctxcache.Warning, error) {
	if c.invalid != nil {
		if c.opts.Validate() == nil { // so the levels do not support what Coherent or Follow needs
			return []ctxcache.Warning{{Code: "cannot_watch", Text: "every call fails: " + c.invalid.Error()}}, nil
		}
		return []ctxcache.Warning{ctxcache.InvalidOptions(c.invalid)}, nil
	}
	var warnings []ctxcache.Warning
	shared := c.far.Supports().Has(ctxcache.CapLeaseShared) || ctxcache.TimeoutsOf(&c.far) != ctxcache.Timeouts{}
	if shared && !c.opts.follows() && c.opts.NearTTL == 0 {
		warnings = append(warnings, ctxcache.Warning{
			Code: "near_unlimited",
			Text: "near keeps a value as long as far, so this process may return a value that another process has replaced " +
				"for all that time. Set NearTTL",
		})
	}
	if c.opts.Resilient && !c.canClear("") {
		warnings = append(warnings, ctxcache.Warning{
			Code: "missed_for_ever",
			Text: "far cannot clear all of its keys, so if it misses changes of too many keys in an outage, this process never " +
				"believes it again. Give far a namespace of its own, or watch Missed in the statistics",
		})
	}
	if life := lifeIn(c.about.Children[1]); c.opts.NearTTL > life.longest {
		warnings = append(warnings, ctxcache.Warning{
			Code: "near_above_far",
			Text: fmt.Sprintf("NearTTL is %v, and far keeps values fresh for at most %v. "+
				"A near copy is never fresh longer than far's value. Lower NearTTL", c.opts.NearTTL, life.longest),
		})
	} else if c.opts.NearTTL > life.usual {
		warnings = append(warnings, ctxcache.Warning{
			Code: "near_above_far",
			Text: fmt.Sprintf("NearTTL is %v, and far keeps values for %v, unless they are written with a longer TTL. "+
				"A near copy is never fresh longer than far's value. Lower NearTTL", c.opts.NearTTL, life.usual),
		})
	}
	following, err := c.checkSource(ctx)
	return append(warnings, following...), err
}

// checkSource warns of a source that does not fit the cache, and returns what the source itself warns of.
func (c *Cache[K, V]) checkSource(ctx context.Context) (warnings []ctxcache.Warning, err error) {
	source := c.opts.Follow
	if source == nil {
		return nil, nil
	}
	if checker, ok := source.(ctxcache.Checker); ok {
		warnings, err = checker.Check(ctx)
	}
	var zero K
	if source.StoredKey(zero) == nil {
		warnings = append(warnings, ctxcache.Warning{
			Code: "keys_not_reported",
			Text: fmt.Sprintf("the source that near follows says that it never reports the zero key of type %T. "+
				"If that is so for all keys, near is never used. Give the source a function for keys", zero),
		})
	}
	if c.follower.data != nil && !c.canClear("") {
		warnings = append(warnings, ctxcache.Warning{
			Code: "far_not_cleared",
			Text: "near follows the changes of data, and far cannot clear all of its keys, so if the source reports that all of " +
				"the data may have changed, far keeps old values until they expire. Give far a namespace of its own",
		})
	}
	return warnings, err
}

// life says how long the values of a stack stay fresh. NoExpiry means without a limit.
type life struct {
	longest time.Duration // whoever writes them: the least Max of its layers.Expiring
	usual   time.Duration // those that are written without a TTL
}

func lifeIn(stack ctxcache.Node) life {
	d := stack.Describe()
	all := life{ctxcache.NoExpiry, ctxcache.NoExpiry}
	below := d.Children
	if d.Kind == kind && len(below) > 1 {
		below = below[1:] // near's copies are not what the stack keeps
	}
	if len(below) > 0 {
		all = life{}
	}
	for _, child := range below { // a layer over several caches keeps values as long as one of them does
		one := lifeIn(child)
		all = life{max(all.longest, one.longest), max(all.usual, one.usual)}
	}
	for _, option := range d.Options {
		ttl, ok := option.Value.(time.Duration)
		if !ok || ttl <= 0 {
			continue
		}
		switch option.Name {
		case "ttl", "default":
			all.usual = ttl
		case "max":
			all.longest = min(all.longest, ttl)
		}
	}
	all.usual = min(all.usual, all.longest)
	return all
}
