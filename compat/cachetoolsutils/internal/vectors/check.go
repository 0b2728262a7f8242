package vectors

import (
	"context"
	"errors"
	"fmt"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
)

// CheckWrite writes, and returns an error if that is not what the case expects.
func (a *Application) CheckWrite(ctx context.Context) error {
	err := a.Write(ctx)
	if a.c.WriteError != "" {
		return refused(err)
	}
	return err
}

// CheckRead reads, and returns an error if the answer is not what the case expects. Where Python takes what is
// stored for absent, because it is None or empty, it is a value here.
func (a *Application) CheckRead(ctx context.Context) error {
	got, err := a.Read(ctx)
	switch want := a.c.Read; {
	case a.c.WriteError != "":
		return refused(err)
	case want.Value != nil:
		if err != nil {
			return err
		}
		if !Equal(got, want.Value.Value) {
			return fmt.Errorf("read %s", differ(got, want.Value.Value))
		}
		return nil
	case want.Error == "":
		return errors.New("the case expects neither a value nor an error")
	case absent(a.c.Value.Value):
		if err != nil || !absent(got) {
			return fmt.Errorf("read %s and %v instead of the empty value", text(got), err)
		}
		return nil
	case err == nil:
		return fmt.Errorf("read %s instead of %s", text(got), want.Error)
	case want.Error == "KeyError" && err != ctxcache.ErrMiss && !errors.Is(err, ctxcache.ErrCorrupt):
		return fmt.Errorf("%w instead of a miss", err)
	case want.Error != "KeyError" && err == ctxcache.ErrMiss && !a.c.Call.Decorated(): // there is a loader otherwise
		return fmt.Errorf("a miss instead of %s", want.Error)
	}
	return nil
}

// refused returns an error unless err is a refusal, which a miss is not.
func refused(err error) error {
	if err == nil || err == ctxcache.ErrMiss {
		return fmt.Errorf("%v instead of a refusal", err)
	}
	return nil
}

// absent reports whether Python takes v for absent although it is stored: its RedisCache what has no bytes, its client
// for Memcached None.
func absent(v Value) bool {
	data, isBytes := v.([]byte)
	return v == nil || v == "" || isBytes && len(data) == 0
}

// differ describes two values.
func differ(got, want Value) string { return fmt.Sprintf("%s instead of %s", text(got), text(want)) }

// text returns v with its Go type, cut.
func text(v Value) string {
	repr, err := cachetoolsutils.Str(cachetoolsutils.Tuple{v})
	if err != nil {
		repr = err.Error()
	}
	return fmt.Sprintf("%T %.80s", v, repr)
}
