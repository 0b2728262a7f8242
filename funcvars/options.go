package funcvars

import (
	"context"
	"fmt"
	"reflect"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// Options configure [Replace] and [ReplaceFields]. The zero value and a nil pointer mean the default of every option.
type Options struct {
	// Options are the same for every function, except that the Name of each function is its prefix.
	// MaxLoads limits each function separately. Do not use it with functions that have no context: their loads cannot
	// lend slots to each other, so loads that call each other may wait for ever.
	cached.Options

	// Key makes a key of the arguments, without the context and with variadic arguments one by one. It gets the context
	// of the call, or the background context if the function has no context. Nil means cached.JSONKey. If Key is set,
	// Replace does not check that the arguments' types make good keys: arguments that a function treats differently must
	// have different keys. If parameters are interfaces, the types of the values in them are put before the key, as in
	// ["example.com/geo.Circle"]. Key must take care of interfaces inside arguments. Two types with the same name, which are
	// declared in functions, have no keys: calls return a ctxcache.ErrKey as soon as this process has seen both.
	Key func(ctx context.Context, args []any) (string, error)

	// Keys has functions that make the keys of single functions. They are used instead of Key.
	Keys Keys

	// Codecs are for results that should not be stored as JSON. There may be one codec for each type. See [CodecFor].
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
			return fmt.Errorf("%w: Codecs has an empty codec", ctxcache.ErrOptions)
		case seen[codec.result]:
			return fmt.Errorf("%w: Codecs has two codecs for %v", ctxcache.ErrOptions, codec.result)
		}
		if err := codec.codec.Validate(); err != nil {
			return fmt.Errorf("%w: Codecs has a codec for %v: %w", ctxcache.ErrOptions, codec.result, err)
		}
		seen[codec.result] = true
	}
	return o.Options.Validate()
}

// ValidateFor is Validate for functions over a store with these capabilities. See cached.Options.
func (o *Options) ValidateFor(caps ctxcache.Cap) error {
	if err := o.Validate(); err != nil || o == nil {
		return err
	}
	return o.Options.ValidateFor(caps)
}
