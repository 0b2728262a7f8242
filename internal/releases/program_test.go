package releases_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// program is the program of one release. The first test that needs it builds it.
type program struct {
	tag string // of the build

	once sync.Once
	dir  string
	err  error
}

var (
	oldProgram = program{tag: "old"}
	newProgram = program{tag: "new"}
)

func (p *program) path(t *testing.T) string {
	t.Helper()
	p.once.Do(p.build)
	if p.err != nil {
		t.Fatal(p.err)
	}
	return filepath.Join(p.dir, "release")
}

func (p *program) build() {
	if p.dir, p.err = os.MkdirTemp("", "release"); p.err != nil {
		return
	}
	// The program has no symbols, because linking them takes long.
	args := []string{"build", "-ldflags=-s -w", "-tags", p.tag, "-o", filepath.Join(p.dir, "release"), "./testdata/release"}
	if output, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		p.err = fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, output)
	}
}

// source is what both releases load from. It has the version of each key. A key without one is not there.
type source map[string]int

func (s source) version(key string) string {
	if version := s[key]; version != 0 {
		return fmt.Sprint(version)
	}
	return "none"
}

// release is a running program.
type release struct {
	t      *testing.T
	name   string
	values string // the format of its values, for a version
	source source
	input  io.Writer
	output *bufio.Reader
	loads  int
}

// start runs the program p. The process ends with the test, because its input ends. So it also ends if the test binary
// crashes.
func (p *program) start(t *testing.T, from source, values string, args ...string) *release {
	t.Helper()
	command := exec.Command(p.path(t), args...)
	var errs bytes.Buffer
	command.Stderr = &errs
	input, err := command.StdinPipe()
	must(t, err)
	output, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	t.Cleanup(func() {
		if err := input.Close(); err != nil {
			t.Error(err)
		}
		if _, err := io.Copy(io.Discard, output); err != nil { // Wait must not come before the last read
			t.Error(err)
		}
		if err := command.Wait(); err != nil {
			t.Errorf("the %s release: %v\n%s", p.tag, err, &errs)
		}
	})
	return &release{t: t, name: p.tag, values: values, source: from, input: input, output: bufio.NewReader(output)}
}

// send sends a line and returns the line that the program answers with.
func (r *release) send(line string) string {
	r.t.Helper()
	_, err := fmt.Fprintln(r.input, line)
	must(r.t, err)
	answer, err := r.output.ReadString('\n')
	if err != nil {
		r.t.Fatalf("the %s release, asked to %s: %v", r.name, line, err)
	}
	return strings.TrimSuffix(answer, "\n")
}

// do returns the answer to a command. Meanwhile it serves the source.
func (r *release) do(command string) string {
	r.t.Helper()
	answer := r.send(command)
	if key, loads := strings.CutPrefix(answer, "load "); loads {
		r.loads++
		return r.send(r.source.version(key))
	}
	return answer
}

// want returns the answer of a release that has the newest value of key.
func (r *release) want(key string) string { return r.valueOf(r.source[key]) }

// valueOf returns the answer of a release that has the value of a version.
func (r *release) valueOf(version int) string {
	if version == 0 {
		return "not found"
	}
	return strings.ReplaceAll(r.values, "V", fmt.Sprint(version))
}

// gets fails the test unless the release has the newest value of key.
func (r *release) gets(key string) {
	r.t.Helper()
	if got, want := r.do("get "+key), r.want(key); got != want {
		r.t.Errorf("the %s release has %s, want %s", r.name, got, want)
	}
}

// wants fails the test unless the release answers the command with the line want.
func (r *release) wants(command, want string) {
	r.t.Helper()
	if got := r.do(command); got != want {
		r.t.Errorf("the %s release answers %s with %s, want %s", r.name, command, got, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
