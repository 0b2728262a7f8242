package testserver

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"time"
)

// Patience is how long the clients of tests wait for a server: even a busy machine does not take that long. Tests about
// timeouts have their own.
const Patience = time.Minute

// startTimeout is how long a server may take from its start to its first answer.
const startTimeout = time.Minute

// errExited means that a server ended before it was ready, usually because its port was taken.
var errExited = errors.New("the server exited before it was ready")

// process is a running server.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process has ended
}

// launch starts a server at addr, and returns when the server answers.
func launch(kind *Kind, binary, addr string, args []string) (*process, error) {
	log := newServerLog(kind.Ready)
	p := &process{cmd: exec.Command(binary, args...), exited: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	dieWithParent(p.cmd)

	started := make(chan error, 1)
	go func() {
		// The kernel takes the thread that forked for the parent. That thread must live as long as the server.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.exited)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // the exit status means nothing, because servers are killed
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	if err := p.awaitAnswer(kind, addr, log); err != nil {
		p.kill()
		return nil, fmt.Errorf("%s: %w:\n%s", kind.Binary, err, log)
	}
	log.discard()
	return p, nil
}

// awaitAnswer returns when the server is ready and answers.
func (p *process) awaitAnswer(kind *Kind, addr string, log *serverLog) error {
	// The time is limited. The limit does not come from the test's context, which is done when a Cleanup calls Restart.
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	select {
	case <-log.ready:
	case <-p.exited:
		return errExited
	case <-ctx.Done():
		return ctx.Err()
	}
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !kind.Answers(ctx, addr, p.cmd.Process.Pid) {
		select {
		case <-again.C:
		case <-p.exited:
			return errExited
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// kill ends the process, even if it is paused, and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // fails only if the process has already ended
	<-p.exited
}
