package redistest

import (
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// CPU returns how much CPU time the server has spent, in seconds.
func (s *Server) CPU(t testing.TB) (seconds float64) {
	t.Helper()
	client := redis.NewClient(s.Options())
	defer func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	}()
	info, err := client.Info(t.Context(), "cpu").Result()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name != "used_cpu_user" && name != "used_cpu_sys" {
			continue
		}
		spent, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatal(err)
		}
		seconds += spent
	}
	return seconds
}
