package cached_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ctxcache/cached"
)

func TestPanicErrorPrintsItsStackOnRequest(t *testing.T) {
	for name, test := range map[string]struct {
		value any
		want  string
	}{
		"text":         {"boom", "load panicked: boom"},
		"several rows": {errors.Join(errors.New("boom"), errors.New("bang")), "load panicked: boom; bang"},
	} {
		f := cached.Func(newMemory(), func(context.Context, string) (string, error) { panic(test.value) }, nil)
		_, err := f.Get(t.Context(), "k")
		for verb, want := range map[string]string{
			"%v": test.want, "%s": test.want, "%q": fmt.Sprintf("%q", test.want), "%40.4s": strings.Repeat(" ", 36) + "load",
		} {
			if got := fmt.Sprintf(verb, err); got != want {
				t.Errorf("%s, %s: got %q, want %q", name, verb, got, want)
			}
		}
		got := fmt.Sprintf("%+v", err)
		if !strings.HasPrefix(got, test.want+"\n") || !strings.Contains(got, "panicformat_test.go:") {
			t.Errorf("%s, %%+v: got %q, want the message and the stack", name, got)
		}
		if got := fmt.Sprintf("%#v", err); strings.Contains(got, "%!") {
			t.Errorf("%s, %%#v: got %q", name, got)
		}
	}
}
