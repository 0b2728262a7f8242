package cached_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

func TestFlightPanicReachesEveryCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f cached.Flight[string, string]
		cause := errors.New("boom")
		open := make(chan struct{})
		panicking := func(context.Context) (string, error) {
			<-open
			panic(cause)
		}
		callers := []<-chan result{do(t.Context(), &f, "k", panicking), do(t.Context(), &f, "k", panicking)}
		synctest.Wait()
		close(open)
		for _, caller := range callers {
			r := <-caller
			var p *cached.PanicError
			if !errors.As(r.err, &p) || p.Value != cause || !errors.Is(r.err, cause) || r.value != "" {
				t.Fatalf("got %v", r)
			}
			if !strings.Contains(string(p.Stack), "TestFlightPanicReachesEveryCaller") {
				t.Errorf("the stack does not show where it panicked:\n%s", p.Stack)
			}
		}
		if r := <-do(t.Context(), &f, "k", func(context.Context) (string, error) { return "v", nil }); r.value != "v" {
			t.Errorf("after the panic: %v", r)
		}
	})
}

func TestFlightGoexitIsAnError(t *testing.T) {
	var f cached.Flight[string, string]
	_, _, err := f.Do(t.Context(), "k", func(context.Context) (string, error) {
		runtime.Goexit()
		return "never", nil
	})
	if err != cached.ErrGoexit {
		t.Errorf("got %v", err)
	}
}

func TestFlightKeysThatAreNone(t *testing.T) {
	load := func(context.Context) (string, error) { return "v", nil }
	var anys cached.Flight[any, string]
	if _, _, err := anys.Do(t.Context(), math.NaN(), load); !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("NaN: %v", err)
	}
	if _, _, err := anys.Do(t.Context(), []int{1}, load); !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("a slice: %v", err)
	}
	anys.Forget([]int{1})
	if v, _, err := anys.Do(t.Context(), 1, load); v != "v" || err != nil {
		t.Errorf("an int: %v, %v", v, err)
	}
}

func TestFlightRecursion(t *testing.T) {
	var f cached.Flight[string, string]
	t.Run("direct", func(t *testing.T) {
		_, _, err := f.Do(t.Context(), "a", func(ctx context.Context) (string, error) {
			v, _, err := f.Do(ctx, "a", nil)
			return v, err
		})
		if !errors.Is(err, cached.ErrRecursiveLoad) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("through others", func(t *testing.T) {
		var load func(ctx context.Context, n int) (string, error)
		load = func(ctx context.Context, n int) (string, error) {
			if n == 5 {
				n = 0
			}
			v, _, err := f.Do(ctx, strconv.Itoa(n), func(ctx context.Context) (string, error) { return load(ctx, n+1) })
			return v, err
		}
		if _, err := load(t.Context(), 0); !errors.Is(err, cached.ErrRecursiveLoad) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("crosswise", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { // a asks for b while b, begun by another caller, asks for a
			var f cached.Flight[string, string]
			open := make(chan struct{})
			ask := func(other string) func(context.Context) (string, error) {
				return func(ctx context.Context) (string, error) {
					<-open
					v, _, err := f.Do(ctx, other, func(context.Context) (string, error) { return "unreachable", nil })
					return v, err
				}
			}
			a, b := do(t.Context(), &f, "a", ask("b")), do(t.Context(), &f, "b", ask("a"))
			synctest.Wait()
			close(open)
			for _, r := range []result{<-a, <-b} {
				if !errors.Is(r.err, cached.ErrRecursiveLoad) {
					t.Errorf("got %v", r)
				}
			}
		})
	})
	t.Run("a diamond is none", func(t *testing.T) { // a asks for b and c, both ask for d
		one := func(context.Context) (string, error) { return "d", nil }
		through := func(ctx context.Context) (string, error) { v, _, err := f.Do(ctx, "d", one); return v, err }
		v, _, err := f.Do(t.Context(), "a", func(ctx context.Context) (string, error) {
			results := []<-chan result{do(ctx, &f, "b", through), do(ctx, &f, "c", through)}
			b, c := <-results[0], <-results[1]
			return b.value + c.value, errors.Join(b.err, c.err)
		})
		if v != "dd" || err != nil {
			t.Errorf("got %q, %v", v, err)
		}
	})
}

func TestFlightForgetFuncWhoseMatchPanicsLeavesNoLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f cached.Flight[string, string]
		g := newGated()
		do := func() (string, error) {
			v, _, err := f.Do(t.Context(), "k", g.load)
			return v, err
		}
		first := async(do)
		<-g.began
		func() {
			defer func() {
				if recover() != "boom" {
					t.Error("the panic did not come out")
				}
			}()
			f.ForgetFunc(func(string) bool { panic("boom") })
		}()
		second := async(do)
		synctest.Wait()
		g.release <- "v"
		for _, r := range []result{<-first, <-second} {
			expect(t, r.value, r.err, "v", nil)
		}
	})
}
