package ctxcache

import "fmt"

// Node is a part of a stack that describes itself: a cache, a layer, a cached function. A stack can be walked from its
// outermost node, whatever types of keys and values there are in it.
type Node interface {
	// Describe returns a description of the node. It is constant, has neither keys nor secrets in it, and may be called
	// concurrently.
	Describe() Description
}

// Description says what a [Node] is, and what it stands on.
type Description struct {
	Kind     string   // what it is: "memory", "redis", "prefixed"; it also names the node in errors
	Name     string   // what its user calls it, or ""
	Options  []Option // how it was configured, in a fixed order
	Children []Node   // what it stands on; near before far
}

// Option is one setting of a [Node].
type Option struct {
	Name  string // in snake case, like an Operation
	Value any    // of a basic type, or a time.Duration
}

// NodeOf returns c as a Node. A cache that does not describe itself becomes an opaque one, named by its type. An opaque
// node still has c's counters, and closes c.
func NodeOf[K comparable, V any](c Cache[K, V]) Node {
	if node, ok := c.(Node); ok {
		return node
	}
	return opaque{c, Supports(c)}
}

// opaque is a cache that does not describe itself. It is comparable if the cache is.
type opaque struct {
	cache any
	caps  Cap // of cache
}

func (o opaque) Describe() Description {
	return Description{Kind: "opaque", Name: fmt.Sprintf("%T", o.cache)}
}

// Walk calls visit for node and then for all that it stands on, depth first, until visit returns false. Depth is 0 for
// node itself. A node that stands under two others is visited twice.
func Walk(node Node, visit func(depth int, node Node, d Description) bool) {
	walk(0, node, visit)
}

func walk(depth int, node Node, visit func(int, Node, Description) bool) bool {
	d := node.Describe()
	if !visit(depth, node, d) {
		return false
	}
	for _, child := range d.Children {
		if !walk(depth+1, child, visit) {
			return false
		}
	}
	return true
}

// nodeAs returns node, or the cache that an opaque node stands for, as a T.
func nodeAs[T any](node Node) (T, bool) {
	if o, ok := node.(opaque); ok {
		t, ok := o.cache.(T)
		return t, ok
	}
	t, ok := node.(T)
	return t, ok
}
