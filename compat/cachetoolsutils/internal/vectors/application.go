package vectors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// Application makes the calls of a case, with its own stack of caches, as a new process would.
type Application struct {
	c      *Live
	cache  Stack
	key    Key
	closer io.Closer
}

// Open returns the application of a case. The caller must close it.
func (s Servers) Open(c *Live) (*Application, error) {
	stack, closer, err := s.stack(c)
	if err != nil {
		return nil, err
	}
	key, err := c.Call.ApplicationKey()
	if err != nil {
		return nil, errors.Join(err, closer.Close())
	}
	return &Application{c: c, cache: stack, key: key, closer: closer}, nil
}

// Close closes everything that the stack has opened.
func (a *Application) Close() error { return a.closer.Close() }

// Key is the key that the application uses, before any layer changes it.
func (a *Application) Key() Key { return a.key }

// Write stores the value of the case, in the way that the case says.
func (a *Application) Write(ctx context.Context) error {
	switch a.c.Call.Via {
	case "item":
		return a.cache.Set(ctx, a.key, a.c.Value.Value, 0)
	case "set":
		return a.set(ctx)
	}
	body := func(context.Context, Key) (Value, error) { return a.c.Value.Value, nil }
	_, err := function(a.cache, body).Refresh(ctx, a.key)
	return err
}

// set stores the value with the options of the call.
func (a *Application) set(ctx context.Context) error {
	var ttl time.Duration
	for name, option := range a.c.Call.Options {
		switch value := option.Value.(type) {
		case nil:
			if name != "ex" && name != "px" {
				return fmt.Errorf("unknown option %s=None", name)
			}
			if ttl == 0 {
				ttl = ctxcache.NoExpiry
			}
		case int64:
			unit, ok := map[string]time.Duration{"ex": time.Second, "px": time.Millisecond}[name]
			if !ok {
				return fmt.Errorf("unknown option %s=%d", name, value)
			}
			if value <= 0 { // an error for the server, but 0 means the default for the cache
				return fmt.Errorf("%s=%d is not an expiration", name, value)
			}
			ttl = time.Duration(value) * unit
		case bool:
			if name != "nx" {
				return fmt.Errorf("unknown option %s=%t", name, value)
			}
			if !value {
				continue
			}
			if there, err := ctxcache.Contains(ctx, a.cache, a.key); there || err != nil {
				return err
			}
		default:
			return fmt.Errorf("unknown option %s of type %T", name, value)
		}
	}
	return a.cache.Set(ctx, a.key, a.c.Value.Value, ttl)
}

// errCalled is the error of a function's body that must not be called, because the value should be cached.
var errCalled = errors.New("the function was called")

// Read returns the stored value, or ErrMiss.
func (a *Application) Read(ctx context.Context) (Value, error) {
	if !a.c.Call.Decorated() {
		return a.cache.Get(ctx, a.key)
	}
	body := func(context.Context, Key) (Value, error) { return nil, errCalled }
	value, err := function(a.cache, body).Get(ctx, a.key)
	if err == errCalled {
		err = ctxcache.ErrMiss
	}
	return value, err
}

// Delete deletes the key. It returns an error if the key is still present afterwards.
func (a *Application) Delete(ctx context.Context) error {
	err := a.cache.Delete(ctx, a.key)
	if a.c.WriteError != "" {
		return refused(err)
	}
	if err != nil {
		return err
	}
	if _, err := a.Read(ctx); err != ctxcache.ErrMiss {
		return fmt.Errorf("deleted, but still present: %v", err)
	}
	return nil
}

// function returns body with the cache in front of it. Errors of the cache are returned to callers.
func function(cache Stack, body func(context.Context, Key) (Value, error)) *cached.Function[Key, Value] {
	return cached.Func(cache, body, &cached.Options{Strict: true})
}
