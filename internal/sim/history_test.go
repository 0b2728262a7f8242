package sim_test

import (
	"fmt"
	"strings"
	"time"
)

// history is what happened in a run, in order.
type history struct {
	wanted bool // otherwise nothing is recorded, because most histories are not read
	events []happening
}

type happening struct {
	at   time.Duration
	who  string
	what string
	key  string
	n    int // noNumber if there is none
}

const noNumber = -1 << 31

func (h *history) note(at time.Duration, who, what, key string, n int) {
	if h.wanted {
		h.events = append(h.events, happening{at, who, what, key, n})
	}
}

func (h *history) String() string {
	var text strings.Builder
	for _, e := range h.events {
		fmt.Fprintf(&text, "%10v  %-7s %s", e.at, e.who, e.what)
		if e.key != "" {
			fmt.Fprint(&text, " ", e.key)
		}
		if e.n != noNumber {
			fmt.Fprint(&text, " ", e.n)
		}
		fmt.Fprintln(&text)
	}
	return text.String()
}
