package rediscache

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// A message on a channel has the form of
//
//	before tag events
//
// Tag is a random name of the message, and before is the tag of the message before it, as lua/publish.lua says. It is empty
// if the server knew of none. An event is "*" for all keys, "!" for a Gap, or a key with its length in bytes: "3:key".
// Scripts write the same form.

// message is what a channel has delivered.
type message struct {
	before, tag string
	events      []ctxcache.Event
	pong        bool // it is not a message, but the answer to a PING
}

// newTag returns a tag that no other message has.
func newTag() string { return rand.Text() }

// parseMessage parses a message. It returns false for anything that a Channel has not sent. If a tag is all that it can
// read, because a later version has sent the message, the event is a Gap.
func parseMessage(text string) (m message, ok bool) {
	var body string
	if m.before, body, ok = strings.Cut(text, " "); !ok {
		return message{}, false
	}
	if m.tag, body, ok = strings.Cut(body, " "); !ok || m.tag == "" {
		return message{}, false
	}
	if m.events, ok = parseEvents(body); !ok {
		m.events = []ctxcache.Event{{Gap: true}}
	}
	return m, true
}

func parseEvents(body string) (events []ctxcache.Event, ok bool) {
	for body != "" {
		switch body[0] {
		case '*':
			events, body = append(events, ctxcache.Event{All: true}), body[1:]
			continue
		case '!':
			events, body = append(events, ctxcache.Event{Gap: true}), body[1:]
			continue
		}
		digits, rest, found := strings.Cut(body, ":")
		n, err := strconv.Atoi(digits)
		if !found || err != nil || n < 0 || n > len(rest) {
			return nil, false
		}
		events, body = append(events, ctxcache.Event{Key: rest[:n]}), rest[n:]
	}
	return events, true
}

// A message has at most so many bytes of events, unless one key is longer: the server keeps it for each watcher that is
// slow.
const maxEvents = 64 << 10

// bodies returns the events of messages. It returns an error that wraps [ctxcache.ErrKey] if a key is not a string.
func bodies(events []ctxcache.Event) ([]string, error) {
	var all []string
	var body []byte
	for _, e := range events {
		switch key, is := e.Key.(string); {
		case e.Gap:
			body = append(body, '!')
		case e.All:
			body = append(body, '*')
		case is:
			body = append(strconv.AppendInt(body, int64(len(key)), 10), ':')
			body = append(body, key...)
		default:
			return nil, fmt.Errorf("%w: a channel has keys of type string, not %T", ctxcache.ErrKey, e.Key)
		}
		if len(body) >= maxEvents {
			all, body = append(all, string(body)), body[:0]
		}
	}
	if len(body) > 0 {
		all = append(all, string(body))
	}
	return all, nil
}
