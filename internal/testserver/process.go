package testserver

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"time"
)

// startTimeout bounds how long a server may take from its start to its first answer.
const startTimeout = 20 * time.Second

// errExited is the error of a server that ended before it was ready, mostly because its port was taken.
var errExited = errors.New("the server exited before it was ready")

// process is a running server.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process was waited for
}

// launch starts a server at addr, and returns when it answers.
func launch(kind *Kind, binary, addr string, args []string) (*process, error) {
	log := newServerLog(kind.Ready)
	p := &process{cmd: exec.Command(binary, args...), exited: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	dieWithParent(p.cmd)

	started := make(chan error, 1)
	go func() {
		// What the kernel takes for the parent is the thread that forked. It has to live as long as the server.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.exited)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // its status tells nothing: servers are killed
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
	// Bounded, and not by the test's context: that one is done when Restart is called from a Cleanup.
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

// kill ends the process, paused or not, and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // fails only for one that has ended
	<-p.exited
}
