package memcached

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
)

// layer names this cache in errors, statistics and descriptions.
const layer = "memcached"

// ErrTooLarge is the cause of an error about a value that has more bytes than Options.MaxItemSize or the server allows.
// It wraps [ctxcache.ErrValue].
var ErrTooLarge = ctxcache.Discreet("invalid value: it exceeds the item size limit", ctxcache.ErrValue)

var (
	// errReply is the cause of an error about an answer that no Memcached server gives.
	errReply = ctxcache.Discreet("unexpected reply", nil)

	// errNoCAS is the cause of an error about a server without CAS: it was started with -C, or is behind a proxy.
	errNoCAS = ctxcache.Discreet("leases and Remove need CAS IDs, and the server does not send them", nil)
)

// answers are the errors after which we know what the server did: it answered, or it was not asked.
var answers = []error{
	ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, errors.ErrUnsupported,
	ctxcache.ErrTTL, ctxcache.ErrKey, ctxcache.ErrCorrupt, ctxcache.ErrValue,
	memcache.ErrCacheMiss, memcache.ErrCASConflict, memcache.ErrNotStored, memcache.ErrNoServers,
	errReply, errNoCAS,
}

// unanswered reports whether we cannot know what the server did: the server did not answer, and err was not found
// before the server was asked.
func unanswered(err error) bool {
	if strings.Contains(err.Error(), unexpectedAnswer) {
		return false
	}
	for _, answer := range answers {
		if errors.Is(err, answer) {
			return false
		}
	}
	return true
}

// gomemcache quotes a line of the server after these words.
const (
	unexpectedAnswer = "memcache: unexpected response line"
	unexpectedItem   = "memcache: unexpected line in get response"
)

// discreet returns err with a message that contains neither a key nor a value. A line that the server sent may contain
// one, so the message keeps the line only if the server says that it is an error. An error about a value that is too
// large becomes ErrTooLarge.
func discreet(err error) error {
	message := err.Error()
	for _, words := range []string{unexpectedAnswer, unexpectedItem} {
		if !strings.HasPrefix(message, words) {
			continue
		}
		_, line, _ := strings.Cut(message[len(words):], `: "`) // the line itself, and not a part of a line that is a value
		switch {
		case strings.HasPrefix(line, "SERVER_ERROR object too large for cache"):
			return fmt.Errorf("%w: %w", ErrTooLarge, err)
		case strings.HasPrefix(line, "SERVER_ERROR "), strings.HasPrefix(line, "CLIENT_ERROR "), strings.HasPrefix(line, "ERROR"):
			return err
		}
		return ctxcache.Discreet(words, err)
	}
	return err
}
