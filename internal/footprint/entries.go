package footprint

import "reflect"

// A cursor reads the entries of maps of one type, one after the other, without allocations.
type cursor struct {
	iter      reflect.MapIter
	key, elem reflect.Value
}

// mapped counts the bytes of the map o, and opens it if its entries lead further.
func (w *walk) mapped(o object) {
	if !w.first(o) {
		return
	}
	o.length = o.table.value(o).Len()
	w.bytes += o.weight * o.table.bytes(o.length)
	if o.length > 0 && len(o.table.key.parts)+len(o.table.elem.parts) > 0 {
		w.open = append(w.open, o)
	}
}

// value returns the map o. A map is a pointer, so an interface that has a nil map becomes one that has this map.
func (tb *table) value(o object) reflect.Value {
	m := tb.zero
	*word(&m) = o.at
	return reflect.ValueOf(m)
}

// entries looks at the keys and elements of a map, or at some of them that stand for all. The order of a map is random.
func (w *walk) entries(o object) {
	n := min(o.length, sampleMax, o.budget)
	weight := o.weight * float64(o.length) / float64(n)
	budget := max(1, o.budget/n)
	c := o.table.cursors.Get().(*cursor)
	c.iter.Reset(o.table.value(o))
	for i := 0; i < n && c.iter.Next(); i++ {
		if key := o.table.key; len(key.parts) > 0 {
			c.key.SetIterKey(&c.iter)
			w.values(c.key.Addr().UnsafePointer(), key, weight, budget)
		}
		if elem := o.table.elem; len(elem.parts) > 0 {
			c.elem.SetIterValue(&c.iter)
			w.values(c.elem.Addr().UnsafePointer(), elem, weight, budget)
		}
	}
	c.iter.Reset(reflect.Value{})
	c.key.SetZero()
	c.elem.SetZero()
	o.table.cursors.Put(c)
}
