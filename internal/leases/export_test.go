package leases

import "errors"

// Check returns what is wrong with the structure of t, or nil.
func (t *Table[K]) Check() error {
	count := 0
	var older *lease[K]
	for l := t.oldest; l != nil; older, l = l, l.newer {
		if l.older != older || t.byKey.Get(l.key) != l || older != nil && older.ends > l.ends {
			return errors.New("the list of leases is broken")
		}
		count++
	}
	if t.newest != older || count != t.byKey.Len() {
		return errors.New("leases are in the map, but not in the list")
	}
	return nil
}
