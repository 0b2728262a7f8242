package main

import (
	"testing"

	"github.com/ctxcache/cached/internal/redistest"
)

// forEver is a number of requests that no test can finish.
const forEver = "1000000000000"

func TestInterruptReportsOnWhatThereWas(t *testing.T) {
	program := begin(t, program(t, "-requests", forEver, threeFiles(t)))
	program.interrupt(t)
	program.wait(t, 130, `quickstart: interrupted`)
}

func TestInterruptWhileRedisHangs(t *testing.T) {
	server := redistest.Start(t)
	program := begin(t, program(t, "-redis", server.URL(), "-near", "1", "-requests", forEver, threeFiles(t)))
	server.Pause()
	program.interrupt(t)
	program.wait(t, 130, `quickstart: interrupted`)
}

func TestRedisGoesDown(t *testing.T) {
	server := redistest.Start(t)
	program := begin(t, program(t, "-redis", server.URL(), "-near", "1", "-requests", forEver, threeFiles(t)))
	server.Stop()
	program.wait(t, 1, `quickstart: redis \w+: .*`)
}
