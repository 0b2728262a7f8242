package cachetoolsutils

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strings"
)

// member is one member of a JSON object.
type member struct {
	key   Value // the key that members are sorted by
	name  string
	value Value
}

// sortedMembers returns the items of dict in the order of json.dumps(sort_keys=True). It sorts them by their keys,
// before these become text. Strings are sorted by code point, and numbers by value.
func sortedMembers(dict Dict) ([]member, error) {
	members := make([]member, len(dict))
	texts := 0
	for i, item := range dict {
		key, ok := plain(item.Key)
		if !ok {
			return nil, errJSON
		}
		name, err := memberName(key)
		if err != nil {
			return nil, err
		}
		if _, ok := key.(string); ok {
			texts++
		}
		members[i] = member{key, name, item.Value}
	}
	if len(members) < 2 {
		return members, nil
	}
	switch texts {
	case len(members):
		slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	case 0:
		if slices.ContainsFunc(members, func(m member) bool { return m.key == nil }) {
			return nil, errJSON // None cannot be compared
		}
		return members, sortNumbers(members)
	default:
		return nil, errJSON
	}
	return members, nil
}

// repeatsNames reports whether a name comes twice. Only its last value would be read.
func repeatsNames(members []member) bool {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.name
	}
	slices.Sort(names)
	return len(slices.Compact(names)) < len(members)
}

// memberName returns the name of a member, made of its key.
func memberName(key Value) (string, error) {
	switch key := key.(type) {
	case string:
		return key, nil
	case nil, bool, int64, *big.Int, float64:
		name, err := appendJSONScalar(nil, key)
		return string(name), err
	}
	return "", errJSON
}

// sortNumbers sorts members whose keys are numbers. NaN is neither less nor greater than other numbers, so its place
// depends on the algorithm. This is CPython's algorithm (Objects/listobject.c) for lists of up to 63 items. With NaN,
// a longer list is an error.
func sortNumbers(members []member) error {
	if !slices.ContainsFunc(members, func(m member) bool { return isNaN(m.key) }) {
		slices.SortStableFunc(members, func(a, b member) int { return compareNumbers(a.key, b.key) })
		return nil
	}
	if len(members) > maxUnordered {
		return errJSON
	}
	less := func(a, b member) bool { return !isNaN(a.key) && !isNaN(b.key) && compareNumbers(a.key, b.key) < 0 }
	run, descends := 2, less(members[1], members[0])
	for run < len(members) && less(members[run], members[run-1]) == descends {
		run++
	}
	if descends {
		slices.Reverse(members[:run])
	}
	for i := run; i < len(members); i++ { // binary insertion
		pivot, low, high := members[i], 0, i
		for low < high {
			if middle := (low + high) / 2; less(pivot, members[middle]) {
				high = middle
			} else {
				low = middle + 1
			}
		}
		copy(members[low+1:i+1], members[low:i])
		members[low] = pivot
	}
	return nil
}

// maxUnordered is the length of lists that CPython sorts by binary insertion alone.
const maxUnordered = 63

func isNaN(v Value) bool {
	f, ok := v.(float64)
	return ok && math.IsNaN(f)
}

// compareNumbers compares bools, ints and floats by their exact values. They must not be NaN.
func compareNumbers(a, b Value) int {
	x, infX := rational(a)
	y, infY := rational(b)
	if x == nil || y == nil {
		return cmp.Compare(infX, infY) // the sign of a finite number is 0 here
	}
	return x.Cmp(y)
}

// rational returns the exact value of a finite number and 0, or nil and the sign of an infinite one. The number must
// not be NaN.
func rational(v Value) (exact *big.Rat, sign int) {
	switch v := v.(type) {
	case bool:
		if v {
			return big.NewRat(1, 1), 0
		}
		return new(big.Rat), 0
	case int64:
		return new(big.Rat).SetInt64(v), 0
	case *big.Int:
		return new(big.Rat).SetInt(v), 0
	case float64:
		switch {
		case math.IsInf(v, 1):
			return nil, 1
		case math.IsInf(v, -1):
			return nil, -1
		}
		return new(big.Rat).SetFloat64(v), 0
	}
	return nil, 0
}
