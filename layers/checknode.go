package layers

import "reflect"

// maxDepth is how deep a value may be nested. Package encoding/json cannot read deeper texts. Package gob would go on
// until the stack is full, which ends the process.
const maxDepth = 10_000

// checkNode says where in the values of a type there may be something that does not come back. It is made once for a
// type. A check only visits parts that have such places, so for most types it visits nothing.
type checkNode struct {
	own    func(v reflect.Value, c *checking) (why string) // looks at the value itself; nil: nothing can be wrong with it
	always bool                                            // whether own counts for Lossy, too
	elem   *checkNode                                      // the elements of a slice, array or map, or what a pointer points to
	key    *checkNode                                      // the keys of a map
	fields []checkField                                    // the fields of a struct
	inside func(reflect.Type) *checkNode                   // the values in an interface, by their type; nil: not visited

	risky, settled bool // whether there are such places in it or below it; settled once that is known
}

// checkField is a field of a struct.
type checkField struct {
	index int
	// omitted reports whether the field is not written, and why it would then come back as another value. Nil: it is
	// written.
	omitted func(v reflect.Value) (omitted bool, why string)
	node    *checkNode
}

// both returns a check by first, which may be nil, and then by second.
func both(first, second func(reflect.Value, *checking) string) func(reflect.Value, *checking) string {
	if first == nil {
		return second
	}
	return func(v reflect.Value, c *checking) string {
		if why := first(v, c); why != "" {
			return why
		}
		return second(v, c)
	}
}

// checking is one check of one value.
type checking struct {
	nulls  bool // whether the text of the value has a null; for JSON only
	reread bool // whether a check of a value around this one has read it again; for JSON only
	depth  int
	lossy  bool // whether only the depth counts, and what the codec cannot encode at all
}

const tooDeep = "it is nested more than 10,000 levels deep, or contains itself"

// check returns why v does not come back, or "".
func (n *checkNode) check(v reflect.Value, c *checking) string {
	if n == nil {
		return ""
	}
	if c.depth++; c.depth > maxDepth {
		return tooDeep
	}
	reread := c.reread
	why := n.visit(v, c)
	c.depth--
	c.reread = reread
	return why
}

func (n *checkNode) visit(v reflect.Value, c *checking) string {
	if n.own != nil && (!c.lossy || n.always) {
		if why := n.own(v, c); why != "" {
			return why
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if n.elem != nil && !v.IsNil() {
			return n.elem.check(v.Elem(), c)
		}
	case reflect.Interface:
		if n.inside != nil && !v.IsNil() {
			return n.inside(v.Elem().Type()).check(v.Elem(), c)
		}
	case reflect.Slice, reflect.Array:
		for i := 0; n.elem != nil && i < v.Len(); i++ {
			if why := n.elem.check(v.Index(i), c); why != "" {
				return why
			}
		}
	case reflect.Map:
		return n.checkMap(v, c)
	case reflect.Struct:
		return n.checkFields(v, c)
	}
	return ""
}

func (n *checkNode) checkMap(v reflect.Value, c *checking) string {
	if n.key == nil && n.elem == nil {
		return ""
	}
	for entries := v.MapRange(); entries.Next(); {
		if why := n.key.check(entries.Key(), c); why != "" {
			return why
		}
		if why := n.elem.check(entries.Value(), c); why != "" {
			return why
		}
	}
	return ""
}

func (n *checkNode) checkFields(v reflect.Value, c *checking) string {
	for _, field := range n.fields {
		part := v.Field(field.index)
		if field.omitted != nil && !c.lossy {
			if omitted, why := field.omitted(part); omitted {
				if why != "" {
					return why
				}
				continue
			}
		}
		if why := field.node.check(part, c); why != "" {
			return why
		}
	}
	return ""
}

// pruned returns n without the parts that need no check. It returns nil if no part needs one.
func (n *checkNode) pruned() *checkNode {
	for n.spread(map[*checkNode]bool{}) { // until no node learns anything more from the nodes below it
	}
	return n.prune()
}

// spread marks the nodes that have a risky node right below them. It reports whether it has marked one.
func (n *checkNode) spread(seen map[*checkNode]bool) (marked bool) {
	if n == nil || n.settled || seen[n] {
		return false
	}
	seen[n] = true
	risky := n.risky || n.own != nil || n.inside != nil
	for _, below := range []*checkNode{n.elem, n.key} {
		marked = below.spread(seen) || marked
		risky = risky || below != nil && below.risky
	}
	for _, field := range n.fields {
		marked = field.node.spread(seen) || marked
		risky = risky || field.omitted != nil || field.node != nil && field.node.risky
	}
	marked = marked || risky != n.risky
	n.risky = risky
	return marked
}

func (n *checkNode) prune() *checkNode {
	switch {
	case n == nil || !n.risky:
		return nil
	case n.settled:
		return n
	}
	n.settled = true
	n.elem, n.key = n.elem.prune(), n.key.prune()
	kept := n.fields[:0]
	for _, field := range n.fields {
		if field.node = field.node.prune(); field.node != nil || field.omitted != nil {
			kept = append(kept, field)
		}
	}
	n.fields = kept
	return n
}
