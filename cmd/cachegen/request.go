package main

import (
	"errors"
	"flag"
	"fmt"
	"go/token"
	"io"
	"slices"
	"strings"
)

// request is what the flags ask for.
type request struct {
	typeName string
	methods  []methodRequest
	ignored  []ignored
	output   string
	check    check
}

// methodRequest is a method that is to be cached.
type methodRequest struct {
	name   string
	prefix string
	codec  bool   // its results need a codec from the options
	key    string // the function that makes its keys, or ""
}

// parseRequest reads the flags. It prints what is wrong with them to complaints, and returns it as the error.
func parseRequest(args []string, complaints io.Writer) (*request, error) {
	req := &request{}
	flags := flag.NewFlagSet("cachegen", flag.ContinueOnError)
	flags.SetOutput(complaints)
	flags.StringVar(&req.typeName, "type", "", "the interface")
	var methods, codecs, keys, ignores list
	flags.Var(&methods, "methods", "the methods to cache with their prefixes: `name=prefix,name=prefix`")
	flags.Var(&codecs, "codec", "the methods among these whose results JSON cannot hold: `name,name`")
	flags.Var(&keys, "key", "the methods among these whose keys a function makes: `name=function,name=function`")
	flags.Var(&ignores, "ignore", "parameters that are not part of the keys, of one method or of all: `method.parameter,parameter`")
	flags.StringVar(&req.output, "o", "", "the `file` to write (default: the interface's name in lower case and _cached.go)")
	flags.Var(&req.check, "check", "do not write the file, but fail unless it is what would be written")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	err := req.complete(flags.Args(), methods, codecs, keys, ignores)
	if err != nil {
		_, _ = fmt.Fprintln(complaints, "cachegen:", err) // if this fails, there is still the status
	}
	return req, err
}

// complete parses the flags that hold lists, sets the default of -o, and checks everything.
func (r *request) complete(rest []string, methods, codecs, keys, ignores list) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is not a flag", rest[0])
	case !token.IsIdentifier(r.typeName):
		return errors.New("-type has to name an interface")
	case len(methods) == 0:
		return errors.New("-methods has to list methods with their prefixes (GetUser=1.,GetTeam=2.)")
	}
	if r.output == "" {
		r.output = strings.ToLower(r.typeName) + "_cached.go"
	}
	if !strings.HasSuffix(r.output, ".go") || strings.HasSuffix(r.output, "_test.go") {
		return fmt.Errorf("-o %s: it is not the name of a Go file, or it is the name of a test", r.output)
	}
	for _, item := range methods {
		name, prefix, found := strings.Cut(item, "=")
		if !found || !token.IsIdentifier(name) {
			return fmt.Errorf("-methods: %q is not of the form name=prefix", item)
		}
		if prefix == "" { // its Clear would delete everything in the cache, which others may share
			return fmt.Errorf("-methods: the prefix of %s is empty; let it end in a separator (%s=1.)", name, name)
		}
		if err := r.add(methodRequest{name: name, prefix: prefix}); err != nil {
			return err
		}
	}
	for _, name := range codecs {
		m := r.method(name)
		if m == nil {
			return fmt.Errorf("-codec: %q is not among -methods", name)
		}
		m.codec = true
	}
	return errors.Join(r.addKeys(keys), r.addIgnored(ignores))
}

// addKeys parses the list of functions that make keys.
func (r *request) addKeys(keys list) error {
	for _, item := range keys {
		name, function, found := strings.Cut(item, "=")
		m := r.method(name)
		switch {
		case !found || !token.IsIdentifier(function):
			return fmt.Errorf("-key: %q is not of the form name=function, with a function of the package", item)
		case m == nil:
			return fmt.Errorf("-key: %q is not among -methods", name)
		case m.key != "":
			return fmt.Errorf("-key: %s is in the list twice", name)
		}
		m.key = function
	}
	return nil
}

// method returns the method with this name, or nil.
func (r *request) method(name string) *methodRequest {
	i := slices.IndexFunc(r.methods, func(m methodRequest) bool { return m.name == name })
	if i < 0 {
		return nil
	}
	return &r.methods[i]
}

// add adds a method, unless its keys could be the keys of another one.
func (r *request) add(added methodRequest) error {
	for _, m := range r.methods {
		switch {
		case m.name == added.name:
			return fmt.Errorf("-methods: %s is in the list twice", m.name)
		case strings.HasPrefix(m.prefix, added.prefix) || strings.HasPrefix(added.prefix, m.prefix):
			return fmt.Errorf("-methods: the prefixes of %s and %s overlap; let each end in a separator", m.name, added.name)
		}
	}
	r.methods = append(r.methods, added)
	return nil
}
