package vectors

import (
	"context"
	"errors"
	"fmt"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
)

// CheckWrite writes the value of the case. It returns an error if the outcome is not the expected one.
func (a *Application) CheckWrite(ctx context.Context) error {
	err := a.Write(ctx)
	if a.c.WriteError != "" {
		return refused(err)
	}
	return err
}

// CheckRead reads the value of the case. It returns an error if the outcome is not the expected one. None and empty
// values that Python treats as absent are expected as values.
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
	case want.Error != "KeyError" && err == ctxcache.ErrMiss && !a.c.Call.Decorated(): // a decorated call has a loader
		return fmt.Errorf("a miss instead of %s", want.Error)
	}
	return nil
}

// refused returns an error unless err is an error other than a miss.
func refused(err error) error {
	if err == nil || err == ctxcache.ErrMiss {
		return fmt.Errorf("%v instead of a refusal", err)
	}
	return nil
}

// absent reports whether Python treats the stored value v as absent: RedisCache does so for empty values, and the
// client for Memcached for None.
func absent(v Value) bool {
	data, isBytes := v.([]byte)
	return v == nil || v == "" || isBytes && len(data) == 0
}

// differ returns a text that says that got is not want.
func differ(got, want Value) string { return fmt.Sprintf("%s instead of %s", text(got), text(want)) }

// text returns v and its Go type as text, cut to a short length.
func text(v Value) string {
	repr, err := cachetoolsutils.Str(cachetoolsutils.Tuple{v})
	if err != nil {
		repr = err.Error()
	}
	return fmt.Sprintf("%T %.80s", v, repr)
}
