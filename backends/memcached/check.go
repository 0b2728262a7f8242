package memcached

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Check asks each server for its settings, and warns of what does not fit the options: see [ctxcache.Check]. It sends the
// command stats settings to all servers at once, and waits for Options.WriteTimeout at most. If some of them fail, it
// returns the warnings about the others with the error.
func (c *Cache[V]) Check(ctx context.Context) ([]ctxcache.Warning, error) {
	s := c.store
	warnings, invalid := s.calls.Warnings()
	if invalid {
		return warnings, nil
	}
	answers, err := s.askAll(ctx, calls.OpCheck, statsQuestion("stats settings"))
	for _, lines := range answers {
		warnings = append(warnings, s.settingsWarnings(lines)...)
	}
	return warnings, err
}

// settingsWarnings returns the warnings about one server, by its answer to stats settings.
func (s *store) settingsWarnings(lines []string) (warnings []ctxcache.Warning) {
	settings := make(map[string]string, len(lines))
	for _, line := range lines {
		name, value, _ := strings.Cut(strings.TrimPrefix(line, "STAT "), " ")
		settings[name] = value
	}
	warn := func(code, format string, args ...any) {
		warnings = append(warnings, ctxcache.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	if settings["cas_enabled"] == "no" && !s.options.Plain { // a Plain cache has no leases, and removes without CAS
		warn("no_cas", "the server has no CAS, so there are neither leases nor Remove. Start it without -C")
	}
	if size, err := strconv.Atoi(settings["item_size_max"]); err == nil && size < s.options.MaxItemSize {
		warn("item_size", "the server stores items of at most %d bytes, and MaxItemSize is %d. Make them equal: memcached -I",
			size, s.options.MaxItemSize)
	}
	if settings["evictions"] == "off" {
		warn("eviction_policy", "writes fail when the memory is full. Start the server without -M")
	}
	return warnings
}
