package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"go.uber.org/goleak"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// value is the type that a release has for the values. It is a pointer, so the compiler makes the same code for all. Of makes
// the value of a version of the source.
type value[V any] interface{ of(version int) V }

// server answers commands by a cached function.
type server[V value[V]] struct {
	input *bufio.Scanner
	users *cached.Function[string, V]
}

func serve[V value[V]](s settings) (err error) {
	store, err := s.open()
	if err != nil {
		return err
	}
	r := &server[V]{input: bufio.NewScanner(os.Stdin)}
	users := layers.Encoded(layers.Prefixed(store, s.prefix), layers.JSON[V]{}, &layers.EncodedOptions{Envelope: s.envelope})
	r.users = cached.Func(users, r.load, &cached.Options{TTL: s.ttl, NotFoundTTL: s.ttl, Strict: true})
	ctx := context.Background() // of the whole program; the end of its input ends it
	for r.input.Scan() {
		answer, err := r.answer(ctx, strings.Fields(r.input.Text()))
		switch {
		case errors.Is(err, ctxcache.ErrNotFound):
			answer = "not found"
		case err != nil:
			answer = fmt.Sprintf("error %q", err)
		}
		fmt.Println(answer)
	}
	return errors.Join(r.input.Err(), ctxcache.CloseAll(ctx, r.users), goleak.Find())
}

func (r *server[V]) answer(ctx context.Context, command []string) (string, error) {
	command = append(command, "", "")
	key := command[1]
	switch command[0] {
	case "get":
		v, err := r.users.Get(ctx, key)
		return printed(v), err
	case "refresh":
		v, err := r.users.Refresh(ctx, key)
		return printed(v), err
	case "set":
		v, err := versionOf[V](command[2])
		if err != nil {
			return "", err
		}
		return "stored", r.users.Set(ctx, key, v)
	case "delete":
		was, err := r.users.Delete(ctx, key)
		return fmt.Sprint("deleted ", was), err
	case "entry":
		e, err := ctxcache.GetEntry(ctx, r.users.Cache(), key)
		return inJSON(e.Meta, err)
	case "stats":
		return inJSON(r.users.Stats(ctx))
	}
	return "", fmt.Errorf("unknown command %q", command)
}

// load asks whoever gives the commands. The command that loads waits meanwhile, so nobody else reads the input.
func (r *server[V]) load(_ context.Context, key string) (V, error) {
	fmt.Println("load", key)
	if !r.input.Scan() {
		var none V
		return none, io.ErrUnexpectedEOF
	}
	return versionOf[V](r.input.Text())
}

func versionOf[V value[V]](text string) (V, error) {
	var v V
	if text == "none" {
		return v, ctxcache.ErrNotFound
	}
	version, err := strconv.Atoi(text)
	return v.of(version), err
}

// printed returns a value as text, without the & of a pointer.
func printed(value any) string { return strings.TrimPrefix(fmt.Sprintf("%+v", value), "&") }

func inJSON(v any, err error) (string, error) {
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(v)
	return string(text), err
}
