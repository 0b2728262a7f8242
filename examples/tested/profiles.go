package tested

import (
	"context"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// Profile is what the service knows about a user.
type Profile struct{ Name string }

// Source is where profiles come from, such as a database.
type Source interface {
	ProfileOf(ctx context.Context, user string) (Profile, error)
}

// Profiles is a service with a cache in front of its source. It takes the cache as an argument, so a test can give it
// another one.
type Profiles struct {
	byUser *cached.Function[string, Profile]
}

// NewProfiles returns a service over source that stores profiles in cache for a minute.
func NewProfiles(cache ctxcache.Cache[string, Profile], source Source) *Profiles {
	return &Profiles{cached.Func(cache, source.ProfileOf, &cached.Options{Name: "profiles", TTL: time.Minute})}
}

// Greeting greets a user by name.
func (p *Profiles) Greeting(ctx context.Context, user string) (string, error) {
	profile, err := p.byUser.Get(ctx, user)
	if err != nil {
		return "", err
	}
	return "Hello, " + profile.Name, nil
}

// Renamed is called after a user has changed the name at the source.
func (p *Profiles) Renamed(ctx context.Context, user string) error {
	_, err := p.byUser.Delete(ctx, user)
	return err
}

// Close waits for the running loads.
func (p *Profiles) Close(ctx context.Context) error { return p.byUser.Close(ctx) }
