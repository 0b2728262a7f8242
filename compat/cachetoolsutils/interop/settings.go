package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/vectors"
)

// settings are the settings from the command line.
type settings struct {
	redis, memcached string
	op               operation
	sets             []string
}

// parse reads the command line. The usage is part of its error.
func parse(args []string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("interop", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&s.redis, "redis", "", "HOST:PORT of Redis")
	flags.StringVar(&s.memcached, "memcached", "", "HOST:PORT of Memcached")
	op := flags.String("op", "", "write, read or delete")
	flags.Func("set", "a FILE of vectors; may be repeated", func(path string) error {
		s.sets = append(s.sets, path)
		return nil
	})
	err := flags.Parse(args)
	if err == nil {
		err = s.check(*op, flags.Args())
	}
	if err != nil {
		return settings{}, fmt.Errorf("%w\n"+
			"usage: interop --redis HOST:PORT --memcached HOST:PORT --op write|read|delete --set FILE [--set FILE ...]", err)
	}
	s.op = operations[*op]
	return s, nil
}

func (s *settings) check(op string, rest []string) error {
	switch {
	case operations[op] == nil:
		return fmt.Errorf("--op is %q, not write, read or delete", op)
	case len(s.sets) == 0:
		return errors.New("no --set")
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	}
	return nil
}

// operation does one operation with a case, and returns an error if the outcome is not the expected one.
type operation = func(*vectors.Application, context.Context) error

var operations = map[string]operation{
	"write":  (*vectors.Application).CheckWrite,
	"read":   (*vectors.Application).CheckRead,
	"delete": (*vectors.Application).Delete,
}
