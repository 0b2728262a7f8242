package funcvars

import (
	"context"
	"fmt"
	"reflect"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// Options say how [Replace] and [ReplaceFields] cache. The zero value, or a nil pointer, is the default of each.
type Options struct {
	// Options are the same for every function. Name is replaced by the function's prefix, unless that is empty. MaxLoads
	// bounds each function by itself, and wants functions with contexts: loads that call each other without one do not
	// share a slot, and may wait for each other.
	cached.Options

	// Key makes a key of the arguments, less the context, the variadic ones one by one. It gets the context of the call,
	// or the background context for a function that has none. Nil is cached.JSONKey. With another one, whether arguments
	// make good keys is not checked beforehand.
	Key func(ctx context.Context, args []any) (string, error)

	// Codecs are for results that are not to be stored as JSON, at most one for a type; see [CodecFor].
	Codecs []ResultCodec
}

// Validate returns an error that wraps ctxcache.ErrOptions if an option makes no sense.
func (o *Options) Validate() error {
	if o == nil {
		return nil
	}
	seen := map[reflect.Type]bool{}
	for _, codec := range o.Codecs {
		switch {
		case codec.result == nil:
			return fmt.Errorf("%w: Codecs has an empty one", ctxcache.ErrOptions)
		case seen[codec.result]:
			return fmt.Errorf("%w: Codecs has two for %v", ctxcache.ErrOptions, codec.result)
		}
		seen[codec.result] = true
	}
	return o.Options.Validate()
}

// ValidateFor is Validate for functions over a store with these capabilities; see cached.Options.
func (o *Options) ValidateFor(caps ctxcache.Cap) error {
	if err := o.Validate(); err != nil || o == nil {
		return err
	}
	return o.Options.ValidateFor(caps)
}
