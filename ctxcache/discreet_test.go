package ctxcache_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
)

func TestDiscreetPrintsItsTextAndWrapsItsCause(t *testing.T) {
	cause := errors.New("about ada")
	err := ctxcache.Discreet("cannot decode it", cause)
	if err.Error() != "cannot decode it" || !errors.Is(err, cause) {
		t.Errorf("%v, wraps its cause: %v", err, errors.Is(err, cause))
	}
	constant := ctxcache.Discreet("bad padding", nil)
	if constant.Error() != "bad padding" || errors.Unwrap(constant) != nil {
		t.Errorf("%v wraps %v", constant, errors.Unwrap(constant))
	}
}

// loop is an error that wraps itself.
type loop struct{}

func (loop) Error() string   { return "about ada" }
func (l loop) Unwrap() error { return l }

// loops is an error that wraps itself twice.
type loops struct{}

func (loops) Error() string     { return "about ada" }
func (l loops) Unwrap() []error { return []error{l, nil, l} }

// list is an error that cannot be compared.
type list []string

func (list) Error() string { return "about ada" }

// foreign are errors with a key in their messages, and the texts that may be shown of them.
func foreign() map[string]struct {
	err  error
	text string
} {
	told := errors.New("no such user: ada")
	path := &fs.PathError{Op: "open", Path: "/cache/ada", Err: syscall.ENOENT}
	down := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	many, ours := make(map[string]error), make(map[string]error)
	for i := range 10 {
		many[fmt.Sprint("ada", i)] = fmt.Errorf("ada%d failed", i)
		ours[fmt.Sprint("ada", i)] = ctxcache.Fail("redis", ctxcache.Operation(fmt.Sprint("op", i)), ctxcache.ErrCorrupt)
	}
	self := &ctxcache.Error{Layer: "loop", Op: ctxcache.OpGet}
	self.Err = self
	return map[string]struct {
		err  error
		text string
	}{
		"foreign":          {told, "*errors.errorString"},
		"formatted":        {fmt.Errorf("user %q", "ada"), "*errors.errorString"},
		"wrapping ours":    {fmt.Errorf("ada: %w", ctxcache.ErrValue), "*fmt.wrapError: invalid value"},
		"wrapping several": {fmt.Errorf("%w: %w", ctxcache.ErrCorrupt, told), "corrupt entry; *errors.errorString"},
		"joined":           {errors.Join(told, ctxcache.ErrTimeout, told), "*errors.errorString; no answer in time"},
		"a path":           {path, "*fs.PathError: " + syscall.ENOENT.Error()},
		"an address":       {down, "*net.OpError: *os.SyscallError: " + syscall.ECONNREFUSED.Error()},

		"by Fail":        {ctxcache.Fail("files", ctxcache.OpGet, told), "files get: *errors.errorString"},
		"a path by Fail": {ctxcache.Fail("files", ctxcache.OpGet, path), "files get: *fs.PathError: " + syscall.ENOENT.Error()},
		"wrapping ours by Fail": {
			ctxcache.Fail("files", ctxcache.OpSet, fmt.Errorf("ada: %w", ctxcache.ErrValue)), "files set: *fmt.wrapError: invalid value",
		},
		"wrapping several by Fail": {
			ctxcache.Fail("files", ctxcache.OpGet, fmt.Errorf("%w: %w", ctxcache.ErrCorrupt, told)),
			"files get: corrupt entry; *errors.errorString",
		},
		"discreet by Fail": {ctxcache.Fail("files", ctxcache.OpGet, ctxcache.Discreet("bad header", told)), "files get: bad header"},
		"corrupt by Fail": {
			ctxcache.Fail("files", ctxcache.OpGet, fmt.Errorf("%w: %w", ctxcache.ErrCorrupt, ctxcache.Discreet("bad header", told))),
			"files get: corrupt entry; bad header",
		},
		"Fail within Fail": {fmt.Errorf("ada: %w", ctxcache.Fail("files", ctxcache.OpGet, told)), "*fmt.wrapError: files get: *errors.errorString"},

		"many":                {ctxcache.NewManyError(many), "*errors.errorString"},
		"many of ours":        {ctxcache.NewManyError(ours), "redis op0: corrupt entry; redis op1: corrupt entry; redis op2: corrupt entry; ..."},
		"wrapping itself":     {loop{}, strings.Repeat("ctxcache_test.loop: ", 16) + "ctxcache_test.loop"},
		"wrapping it twice":   {loops{}, "ctxcache_test.loops"},
		"of itself":           {self, strings.Repeat("loop get: ", 16) + "*ctxcache.Error"},
		"not comparable":      {list{"ada"}, "ctxcache_test.list"},
		"a panic of Unwrap":   {(*fs.PathError)(nil), "*fs.PathError"},
		"a nil Error":         {(*ctxcache.Error)(nil), "*ctxcache.Error"},
		"an Error of nothing": {&ctxcache.Error{Layer: "files", Op: ctxcache.OpGet}, "files get: <nil>"},
		"a wrapper of nil":    {&fs.PathError{Op: "open", Path: "ada"}, "*fs.PathError"},
		"nil":                 {nil, "<nil>"},
	}
}

func TestDiscreetTextShowsNoForeignMessage(t *testing.T) {
	for name, test := range foreign() {
		if got := ctxcache.DiscreetText(test.err); got != test.text || strings.Contains(got, "ada") {
			t.Errorf("%s: %s, want %s", name, got, test.text)
		}
	}
}

func TestDiscreetTextShowsConstants(t *testing.T) {
	for _, err := range []error{
		errors.ErrUnsupported, context.Canceled, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe,
		os.ErrDeadlineExceeded, syscall.ECONNRESET, ctxcache.Discreet("bad padding", nil),
		ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, ctxcache.ErrTTL, ctxcache.ErrKey, ctxcache.ErrCorrupt,
		ctxcache.ErrValue, ctxcache.ErrRefused, ctxcache.ErrTimeout, ctxcache.ErrClosed, ctxcache.ErrOptions,
	} {
		if got := ctxcache.DiscreetText(err); got != err.Error() {
			t.Errorf("%v is shown as %s", err, got)
		}
		failed := error(&ctxcache.Error{Layer: "redis", Op: ctxcache.OpGet, Err: err})
		if got := ctxcache.DiscreetText(failed); got != failed.Error() {
			t.Errorf("%v is shown as %s", failed, got)
		}
	}
}
