package ctxcache

import (
	"errors"
	"fmt"
)

// named returns err, the result of operation op in c, as a package function returns it. It replaces a bare
// errors.ErrUnsupported by an [*Error] that wraps it, and names op and the layer that refuses. Need is the capability
// that op takes.
//
// Methods of caches return the bare error, because a layer cannot know whether it is the one that refuses. The package
// function knows the whole stack. The stack is walked only after a refusal, so a call that succeeds costs no more.
func named[K comparable, V any](err error, c Cache[K, V], op Operation, need Cap) error {
	if err != errors.ErrUnsupported {
		return err
	}
	return unsupported(NodeOf(c), Supports(c), op, need)
}

// namedNode is named for a package function that gets a node.
func namedNode(err error, node Node, op Operation, need Cap) error {
	if err != errors.ErrUnsupported {
		return err
	}
	return unsupported(node, capsOf(node), op, need)
}

// capsOf returns the capabilities that node reports.
func capsOf(node Node) Cap {
	switch node := node.(type) {
	case opaque:
		return node.caps
	case SupportsCache:
		return node.Supports()
	}
	return 0
}

// needOf returns the capability that a write needs in order to store an entry, which is negative or not.
func needOf(negative bool) Cap {
	if negative {
		return CapNegative
	}
	return 0
}

// needToFill is needOf for a fill in a cache with these capabilities, which needs leases first.
func needToFill(caps Cap, negative bool) Cap {
	if !caps.Has(CapLease) {
		return CapLease
	}
	return needOf(negative)
}

// scoped are the capabilities that a cache may have in some scopes only.
const scoped = CapLen | CapClear | CapKeys

// unsupported returns the error of op, which needs need, in the stack under node. Caps are node's capabilities.
func unsupported(node Node, caps Cap, op Operation, need Cap) error {
	err := errors.ErrUnsupported
	switch {
	case need == CapNegative && !caps.Has(need):
		err = fmt.Errorf("%w for a negative entry", err)
	case need&scoped != 0 && caps.Has(need):
		err = fmt.Errorf("%w in this scope", err)
	}
	return &Error{Op: op, Layer: layerOf(refuser(node, caps, need)), Err: err}
}

// layerOf returns the name of node in errors.
func layerOf(node Node) string {
	if o, ok := node.(opaque); ok {
		return o.Describe().Name // its type
	}
	return node.Describe().label()
}

// refuser returns the node that refuses what needs need: the deepest one that lacks it while all nodes under it have it.
// If node has it all the same, a store has refused more than its capabilities say, and refuser returns that.
func refuser(node Node, caps Cap, need Cap) Node {
	has := need&scoped == 0 && caps.Has(need)
	for {
		children := node.Describe().Children
		if has && len(children) > 0 {
			node = children[len(children)-1] // of two levels, far is the store
			continue
		}
		last := len(children) - 1 // far first: it decides for both levels in most operations
		for last >= 0 && !lacks(children[last], need) {
			last--
		}
		if last < 0 {
			return node
		}
		node = children[last]
	}
}

// lacks reports whether node cannot do what needs need for a layer above it. Scopes of keys are narrowed on the way down,
// so a node that supports only some scopes may be the one that refuses. A node that does not report its capabilities is
// taken to be a store, which lacks it.
func lacks(node Node, need Cap) bool {
	caps := capsOf(node)
	return !caps.Has(need) || need&scoped != 0 && caps.Scopes() != ScopesAny
}
