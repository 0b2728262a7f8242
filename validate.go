package cached

import (
	"fmt"
	"math"

	"github.com/ctxcache/cached/ctxcache"
)

// Validate returns an error that wraps ctxcache.ErrOptions if an option makes no sense. A Function with such options
// returns this error from every call.
func (o *Options) Validate() error {
	switch {
	case o == nil:
		return nil
	case o.TTL < 0:
		return fmt.Errorf("%w: TTL is negative", ctxcache.ErrOptions)
	case !(o.Jitter >= 0 && o.Jitter <= 1): // NaN is not within them either
		return fmt.Errorf("%w: Jitter is not within 0 and 1", ctxcache.ErrOptions)
	case o.StaleFor < 0:
		return fmt.Errorf("%w: StaleFor is negative", ctxcache.ErrOptions)
	case o.StaleIfError < 0:
		return fmt.Errorf("%w: StaleIfError is negative", ctxcache.ErrOptions)
	case !(o.RefreshAhead >= 0 && o.RefreshAhead <= 1):
		return fmt.Errorf("%w: RefreshAhead is not within 0 and 1", ctxcache.ErrOptions)
	case !(o.RefreshBeta >= 0 && o.RefreshBeta <= math.MaxFloat32):
		return fmt.Errorf("%w: RefreshBeta is negative, or not a finite number", ctxcache.ErrOptions)
	case o.NotFoundTTL < 0:
		return fmt.Errorf("%w: NotFoundTTL is negative", ctxcache.ErrOptions)
	case o.SoftTimeout < 0:
		return fmt.Errorf("%w: SoftTimeout is negative", ctxcache.ErrOptions)
	case o.ErrorCooldown < 0:
		return fmt.Errorf("%w: ErrorCooldown is negative", ctxcache.ErrOptions)
	case o.MaxLoads < 0:
		return fmt.Errorf("%w: MaxLoads is negative", ctxcache.ErrOptions)
	case o.MaxQueued < 0:
		return fmt.Errorf("%w: MaxQueued is negative", ctxcache.ErrOptions)
	case o.MaxBatch < 0:
		return fmt.Errorf("%w: MaxBatch is negative", ctxcache.ErrOptions)
	case o.CoalesceFor < 0:
		return fmt.Errorf("%w: CoalesceFor is negative", ctxcache.ErrOptions)
	case o.LoadTimeout < 0:
		return fmt.Errorf("%w: LoadTimeout is negative", ctxcache.ErrOptions)
	}
	return o.contradiction()
}

// contradiction returns an error if an option has no effect because of another one, or makes it senseless.
func (o *Options) contradiction() error {
	ages := o.distinguishesAges()
	switch {
	case ages && o.TTL == 0:
		return fmt.Errorf("%w: StaleFor, StaleIfError, RefreshAhead and RefreshBeta need a TTL", ctxcache.ErrOptions)
	case ages && o.TTL == ctxcache.NoExpiry:
		return fmt.Errorf("%w: StaleFor, StaleIfError, RefreshAhead and RefreshBeta have no effect on values that never expire",
			ctxcache.ErrOptions)
	case ages && max(o.StaleFor, o.StaleIfError) >= ctxcache.NoExpiry-o.TTL:
		return fmt.Errorf("%w: StaleFor or StaleIfError has no end", ctxcache.ErrOptions)
	case o.StaleIfError > 0 && o.StaleIfError < o.StaleFor:
		return fmt.Errorf("%w: StaleIfError has no effect, because it is shorter than StaleFor", ctxcache.ErrOptions)
	case o.CoalesceFor > 0 && o.MaxBatch == 1:
		return fmt.Errorf("%w: CoalesceFor has no effect with a MaxBatch of 1", ctxcache.ErrOptions)
	case o.SoftTimeout > 0 && o.StaleIfError == 0:
		return fmt.Errorf("%w: SoftTimeout has no effect without StaleIfError", ctxcache.ErrOptions)
	case o.SoftTimeout > 0 && o.SoftTimeout >= o.loadTimeout():
		return fmt.Errorf("%w: SoftTimeout is not below LoadTimeout", ctxcache.ErrOptions)
	case o.MaxQueued > 0 && o.MaxLoads == 0:
		return fmt.Errorf("%w: MaxQueued has no effect without MaxLoads", ctxcache.ErrOptions)
	}
	return nil
}

// ValidateFor returns the error that Validate returns. If there is none, it returns an error that wraps
// ctxcache.ErrOptions if an option needs a capability that is not in caps. See ctxcache.Supports.
func (o *Options) ValidateFor(caps ctxcache.Cap) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if o != nil && o.distinguishesAges() && !caps.Has(ctxcache.CapEntry) {
		return fmt.Errorf("%w: StaleFor, StaleIfError, RefreshAhead and RefreshBeta need a cache that knows remaining lives",
			ctxcache.ErrOptions)
	}
	if o != nil && o.NotFoundTTL > 0 && !caps.Has(ctxcache.CapNegative) {
		return fmt.Errorf("%w: NotFoundTTL needs a cache that stores negative entries", ctxcache.ErrOptions)
	}
	if o != nil && o.OncePerCluster && !caps.Has(ctxcache.CapLeaseShared) {
		return fmt.Errorf("%w: OncePerCluster needs a cache with leases that processes share", ctxcache.ErrOptions)
	}
	return nil
}
