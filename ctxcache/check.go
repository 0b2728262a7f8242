package ctxcache

import (
	"context"
	"errors"
	"fmt"
	"reflect"
)

// Warning is something that a node of a stack cannot do, or that is likely a mistake.
type Warning struct {
	Code string // what kind of warning it is, in snake case; it does not change
	Node string // the node: its kind and its name
	Text string // what is wrong, and what to change
}

// String returns "node: text (code)".
func (w Warning) String() string { return fmt.Sprintf("%s: %s (%s)", w.Node, w.Text, w.Code) }

// Checker is a node that knows what may be wrong with it. A layer of your own takes part in [Check] by this method.
type Checker interface {
	// Check returns warnings. Check fills in their Node. A node that asks a server does so in the time that it allows for
	// a call. The error says why the node could not find out. Warnings may come with it. Check may be called concurrently.
	Check(ctx context.Context) ([]Warning, error)
}

// Check asks each node of the stacks, once, what it cannot do and what is likely a mistake. It is for the start of a
// program, or for a test: it takes a few round trips for each server, and stops nothing. The error says which nodes could
// not find out, for example because their server is down. The warnings of all others come with it.
//
// Besides what nodes report by the method of [Checker], Check finds decorators that embed a Cache and hide its
// capabilities.
func Check(ctx context.Context, nodes ...Node) ([]Warning, error) {
	var all []Warning
	var failed []error
	for _, node := range outermostFirst(nodes) {
		warnings := hiding(node)
		if refusing, ok := node.(interface{ refusal() error }); ok { // made by Invalid
			warnings = append(warnings, InvalidOptions(refusing.refusal()))
		}
		if checker, ok := nodeAs[Checker](node); ok {
			own, err := checker.Check(ctx)
			warnings = append(warnings, own...)
			failed = append(failed, err)
		}
		for _, w := range warnings {
			w.Node = node.Describe().label()
			all = append(all, w)
		}
	}
	return all, errors.Join(failed...)
}

// InvalidOptions returns the warning of a node whose options are invalid, so that every call returns err.
func InvalidOptions(err error) Warning {
	return Warning{Code: "invalid_options", Text: "every call fails: " + err.Error()}
}

// label returns the kind, and the name if there is one.
func (d Description) label() string {
	if d.Name == "" {
		return d.Kind
	}
	return d.Kind + " " + d.Name
}

// hiding returns a warning if node is a decorator that embeds a Cache and hides its capabilities. Such a type has only the
// three methods of the interface: without leases, loads store by Set, and a value that was deleted meanwhile comes back.
func hiding(node Node) []Warning {
	o, ok := node.(opaque)
	if !ok {
		return nil
	}
	inner, ok := embedded(o.cache)
	if !ok {
		return nil
	}
	const important = CapEntry | CapMany | CapLease
	hidden := inner.Supports() & important &^ o.caps
	if hidden == 0 {
		return nil
	}
	return []Warning{{
		Code: "hides_capabilities",
		Text: fmt.Sprintf("it embeds a Cache and hides what that can do: %v. Embed ctxcache.Forward or ctxcache.Observed instead",
			hidden),
	}}
}

// embedded returns the cache that the struct c, or *c, embeds as an interface, if that reports its capabilities.
func embedded(c any) (SupportsCache, bool) {
	v := reflect.Indirect(reflect.ValueOf(c))
	if v.Kind() != reflect.Struct {
		return nil, false
	}
	for field, value := range v.Fields() {
		if !field.Anonymous || field.Type.Kind() != reflect.Interface || !field.IsExported() {
			continue
		}
		if inner, ok := reflect.TypeAssert[SupportsCache](value); ok {
			return inner, true
		}
	}
	return nil, false
}
