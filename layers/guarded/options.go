package guarded

import (
	"context"
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Options are the options of [New]. Nil, and the zero value of each field, mean the default.
type Options struct {
	// Name is the name of the cache in descriptions, and in Stats, where the default is "guarded".
	Name string

	// FailureRatio is the fraction of calls, above 0 and up to 1, that must fail for the circuit to open. It is a fraction
	// of the calls that were answered or failed within Window. A call for many keys is one call, and counts as a failure if
	// at least this fraction of its keys failed. The default is 0.5.
	FailureRatio float64

	// MinCalls is how many calls must have been answered or have failed within Window before the circuit may open. The
	// default is 20.
	MinCalls int

	// Window is how long the outcome of a call counts. It counts from the end of the call, so calls that last longer than
	// Window count, too. The window moves on in steps of a tenth. Window is at most an hour. The default is 10 seconds.
	Window time.Duration

	// OpenFor is how long the circuit stays open before the next probe. So it is how long at most the layer takes to notice
	// that the cache works again, if there are calls. OpenFor is at most an hour. The default is 5 seconds.
	OpenFor time.Duration

	// MaxConcurrent is how many calls of the inner cache may run at a time. More calls get ctxcache.ErrOverloaded at once:
	// none of them waits. 0 means no limit.
	MaxConcurrent int

	// OnState, if it is set, is called when the state of the circuit has changed. It runs on the goroutine of a call that
	// came or ended at that time, with the context of that call, and outside of locks. So it may use the cache. It is
	// called for one change at a time, in the order of the changes. While it runs, other calls of the cache go on. If it
	// panics, so does the call.
	//
	// No goroutine watches the clock: an open circuit becomes half-open when the first call after OpenFor comes.
	OnState func(ctx context.Context, from, to State)
}

const (
	defaultRatio    = 0.5
	defaultMinCalls = 20
	defaultWindow   = 10 * time.Second
	defaultOpenFor  = 5 * time.Second
	longest         = time.Hour // of Window and OpenFor
)

// Validate returns nil, or a [ctxcache.ErrOptions] that names the option that makes no sense. Nil options are valid.
func (o *Options) Validate() error {
	if o == nil {
		return nil
	}
	var problem string
	switch {
	case !(o.FailureRatio >= 0 && o.FailureRatio <= 1): // also if it is NaN
		problem = "FailureRatio is not within 0 and 1"
	case o.MinCalls < 0:
		problem = "MinCalls is negative"
	case o.Window < 0 || o.Window > longest:
		problem = "Window is negative, or longer than an hour"
	case o.OpenFor < 0 || o.OpenFor > longest:
		problem = "OpenFor is negative, or longer than an hour"
	case o.MaxConcurrent < 0:
		problem = "MaxConcurrent is negative"
	default:
		return nil
	}
	return fmt.Errorf("%w: %w", ctxcache.ErrOptions, ctxcache.Discreet(problem, nil))
}

// withDefaults returns the options with the defaults filled in.
func (o *Options) withDefaults() Options {
	var filled Options
	if o != nil {
		filled = *o
	}
	if filled.FailureRatio == 0 {
		filled.FailureRatio = defaultRatio
	}
	if filled.MinCalls == 0 {
		filled.MinCalls = defaultMinCalls
	}
	if filled.Window == 0 {
		filled.Window = defaultWindow
	}
	if filled.OpenFor == 0 {
		filled.OpenFor = defaultOpenFor
	}
	return filled
}

// describe returns the Description of a layer with these options, which have their defaults.
func (o *Options) describe() ctxcache.Description {
	return ctxcache.Description{Kind: kind, Name: o.Name, Options: []ctxcache.Option{
		{Name: "failure_ratio", Value: o.FailureRatio},
		{Name: "min_calls", Value: o.MinCalls},
		{Name: "window", Value: o.Window},
		{Name: "open_for", Value: o.OpenFor},
		{Name: "max_concurrent", Value: o.MaxConcurrent},
	}}
}
