package main

import (
	"errors"
	"flag"
	"fmt"
	"go/token"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// request is what the flags ask for.
type request struct {
	typeName string
	methods  []methodRequest
	output   string
}

// methodRequest is a method that is to be cached.
type methodRequest struct {
	name   string
	prefix string
	codec  bool // its results need a codec
}

// parseRequest reads the flags. What is wrong with them is printed, and returned.
func parseRequest(args []string, complaints io.Writer) (*request, error) {
	req := &request{}
	flags := flag.NewFlagSet("cachegen", flag.ContinueOnError)
	flags.SetOutput(complaints)
	flags.StringVar(&req.typeName, "type", "", "the interface")
	methods := flags.String("methods", "", "the methods to cache with their prefixes: `name=prefix,name=prefix`")
	codecs := flags.String("codec", "", "of these, those whose results JSON cannot hold: `name,name`")
	flags.StringVar(&req.output, "o", "", "the `file` to write (default: the name of the interface, and _cached.go)")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	err := req.complete(flags.Args(), *methods, *codecs)
	if err != nil {
		_, _ = fmt.Fprintln(complaints, "cachegen:", err) // should that fail, the status tells
	}
	return req, err
}

// complete fills in what the flags say in a form of their own, and checks everything.
func (r *request) complete(rest []string, methods, codecs string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is no flag", rest[0])
	case !token.IsIdentifier(r.typeName):
		return errors.New("-type has to name an interface")
	case methods == "":
		return errors.New("-methods has to list methods with their prefixes (GetUser=1.,GetTeam=2.)")
	}
	if r.output == "" {
		r.output = strings.ToLower(r.typeName) + "_cached.go"
	}
	if !strings.HasSuffix(r.output, ".go") || strings.HasSuffix(r.output, "_test.go") {
		return fmt.Errorf("-o %s: that is no name of a Go file which is no test", r.output)
	}
	for item := range strings.SplitSeq(methods, ",") {
		name, prefix, found := strings.Cut(item, "=")
		if !found || !token.IsIdentifier(name) {
			return fmt.Errorf("-methods: %q is not of the form name=prefix", item)
		}
		if err := r.add(methodRequest{name: name, prefix: prefix}); err != nil {
			return err
		}
	}
	if codecs == "" {
		return nil
	}
	for name := range strings.SplitSeq(codecs, ",") {
		i := slices.IndexFunc(r.methods, func(m methodRequest) bool { return m.name == name })
		if i < 0 {
			return fmt.Errorf("-codec: %q is not among -methods", name)
		}
		r.methods[i].codec = true
	}
	return nil
}

// add adds a method, unless its keys could be another's.
func (r *request) add(added methodRequest) error {
	for _, m := range r.methods {
		switch {
		case m.name == added.name:
			return fmt.Errorf("-methods: %s is there twice", m.name)
		case strings.HasPrefix(m.prefix, added.prefix) || strings.HasPrefix(added.prefix, m.prefix):
			return fmt.Errorf("-methods: the prefixes of %s and %s overlap; let each end in a separator", m.name, added.name)
		}
	}
	r.methods = append(r.methods, added)
	return nil
}

// path returns the file to write, which is to be in dir: it is part of the package there.
func (r *request) path(dir string) (string, error) {
	if filepath.Dir(r.output) != "." {
		return "", fmt.Errorf("-o %s: the file has to be beside the interface", r.output)
	}
	return filepath.Abs(filepath.Join(dir, r.output))
}
