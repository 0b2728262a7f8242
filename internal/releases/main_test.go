package releases_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/ctxcache/cached/internal/testserver"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(withPrograms{m})
}

// withPrograms runs tests and then removes the programs that they have built.
type withPrograms struct{ tests testserver.Runner }

func (p withPrograms) Run() (code int) {
	defer func() {
		for _, build := range []*program{&oldProgram, &newProgram} {
			if err := os.RemoveAll(build.dir); err != nil {
				fmt.Println(err)
				code = 1
			}
		}
	}()
	return p.tests.Run()
}
