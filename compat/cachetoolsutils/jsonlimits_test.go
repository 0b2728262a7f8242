package cachetoolsutils_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
)

// The limits of Python 3.11: json.loads reads 994 levels, and int() 4,300 digits.
const (
	jsonLevels = 994
	intDigits  = 4300
)

// nested returns a list of n levels, and a dict of n levels.
func nested(n int) (list, dict value) {
	list, dict = []value{}, cachetoolsutils.Dict{}
	for range n - 1 {
		list, dict = []value{list}, cachetoolsutils.Dict{{Key: "a", Value: dict}}
	}
	return list, dict
}

func TestJSONIsAsDeepAsPythonReads(t *testing.T) {
	type deep []deep
	values := cachetoolsutils.ToBytesCache[string, value](newOctets())
	typed := cachetoolsutils.JSON[deep]{}
	for _, c := range []struct {
		levels int
		ok     bool
	}{{1, true}, {500, true}, {jsonLevels, true}, {jsonLevels + 1, false}, {1001, false}, {1002, false}, {100_000, false}} {
		text := strings.Repeat("[", c.levels) + strings.Repeat("]", c.levels)
		members := strings.Repeat(`{"a":`, c.levels-1) + "{" + strings.Repeat("}", c.levels)
		for _, data := range []string{text, members} {
			if _, err := cachetoolsutils.DecodeJSON([]byte(data)); (err == nil) != c.ok {
				t.Errorf("DecodeJSON of %d levels: %v", c.levels, err)
			}
		}
		if c.levels > 2000 { // Go values are not nested so deeply
			continue
		}
		list, dict := nested(c.levels)
		for _, object := range []value{list, dict} {
			if _, err := cachetoolsutils.EncodeJSON(object); (err == nil) != c.ok {
				t.Errorf("EncodeJSON of %d levels: %v", c.levels, err)
			}
			err := values.Set(t.Context(), "k", object, time.Hour)
			if c.ok && err != nil || !c.ok && !errors.Is(err, ctxcache.ErrValue) {
				t.Errorf("Set of %d levels: %v, want ErrValue above %d", c.levels, err, jsonLevels)
			}
		}
		if _, err := typed.Decode([]byte(text)); (err == nil) != c.ok {
			t.Errorf("Decode of a Go value of %d levels: %v, want an error above %d", c.levels, err, jsonLevels)
		}
		lists := deep{}
		for range c.levels - 1 {
			lists = deep{lists}
		}
		if _, err := typed.Encode(lists); (err == nil) != c.ok {
			t.Errorf("Encode of a Go value of %d levels: %v, want an error above %d", c.levels, err, jsonLevels)
		}
	}
}

// A number or a text in a container is a level of str().
func TestStrIsAsDeepAsPythonWrites(t *testing.T) {
	const levels = 997
	for n, ok := range map[int]bool{levels - 1: true, levels: true, levels + 1: false} {
		empty, _ := nested(n)
		if _, err := cachetoolsutils.Str(empty); (err == nil) != ok {
			t.Errorf("Str of %d levels: %v", n, err)
		}
		var number value = 1
		for range n - 1 {
			number = cachetoolsutils.Tuple{number}
		}
		if _, err := cachetoolsutils.Str(number); (err == nil) != ok {
			t.Errorf("Str of a number in %d levels: %v", n, err)
		}
	}
}

// An int of too many digits is refused before it is converted, which takes quadratic time. A float may have any number of
// digits, as in Python.
func TestIntsHaveAsManyDigitsAsPythonReads(t *testing.T) {
	type sum struct{ N *big.Int }
	store := newOctets()
	values := cachetoolsutils.ToBytesCache[string, value](store)
	sums, numbers := cachetoolsutils.JSON[sum]{}, cachetoolsutils.JSON[*big.Int]{}
	nines := func(n int) string { return strings.Repeat("9", n) }
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{nines(intDigits), true},
		{"-" + nines(intDigits), true},
		{nines(intDigits + 1), false},
		{"-" + nines(intDigits+1), false},
		{nines(1 << 22), false},
		{nines(1<<16) + ".5", true},
		{"0." + nines(1<<16), true},
		{"1e" + nines(1<<16), true},
		{"1e-" + nines(1<<16), true},
		{"-1.5E+" + nines(1<<16), true},
	} {
		name := c.text[:min(len(c.text), 5)]
		isInt := !strings.ContainsAny(c.text, ".eE")
		if _, err := cachetoolsutils.DecodeJSON([]byte(c.text)); (err == nil) != c.ok {
			t.Errorf("DecodeJSON of %s (%d bytes): %v", name, len(c.text), err)
		}
		mustSet(t, store, `"k"`, []byte(c.text))
		if _, err := values.Get(t.Context(), "k"); c.ok && err != nil || !c.ok && !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("Get of %s (%d bytes): %v", name, len(c.text), err)
		}
		if _, err := numbers.Decode([]byte(c.text)); isInt && c.ok && err != nil || !c.ok && err == nil {
			t.Errorf("Decode of a *big.Int, %s (%d bytes): %v", name, len(c.text), err)
		}
		if _, err := sums.Decode([]byte(`{"N":` + c.text + `}`)); isInt && c.ok && err != nil || !c.ok && err == nil {
			t.Errorf("Decode of a struct with %s (%d bytes): %v", name, len(c.text), err)
		}
	}
	ten := big.NewInt(10)
	for digits, ok := range map[int64]bool{intDigits: true, intDigits + 1: false, 1 << 20: false} {
		i := new(big.Int).Exp(ten, big.NewInt(digits-1), nil)
		for _, i := range []*big.Int{i, new(big.Int).Neg(i)} {
			if _, err := cachetoolsutils.EncodeJSON(i); (err == nil) != ok {
				t.Errorf("EncodeJSON of %d digits: %v", digits, err)
			}
			if _, err := cachetoolsutils.Str(i); (err == nil) != ok {
				t.Errorf("Str of %d digits: %v", digits, err)
			}
			err := values.Set(t.Context(), "k", i, time.Hour)
			if ok && err != nil || !ok && !errors.Is(err, ctxcache.ErrValue) {
				t.Errorf("Set of %d digits: %v", digits, err)
			}
			key, err := cachetoolsutils.KeyOf(i)
			if err != nil || key.Value().(*big.Int).Cmp(i) != 0 {
				t.Errorf("a key of %d digits is another int, %v", digits, err)
			}
		}
	}
}

// A small dict takes few allocations, so that a text of many dicts does not take many times its size.
func TestSmallDictsAreSmall(t *testing.T) {
	const dicts = 1000
	data := []byte("[" + strings.Repeat(`{"":0},`, dicts) + "0]")
	allocations := testing.AllocsPerRun(10, func() {
		if _, err := cachetoolsutils.DecodeJSON(data); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 5*dicts {
		t.Errorf("%v allocations for %d dicts", allocations, dicts)
	}
}

// Names that occur again count once, however many names there are.
func TestLaterMembersCount(t *testing.T) {
	for _, names := range []int{1, 7, 8, 9, 30} {
		var text strings.Builder
		for _, value := range []string{"1", "2"} {
			for i := range names {
				text.WriteString(`,"` + strings.Repeat("x", i) + `":` + value)
			}
		}
		v, err := cachetoolsutils.DecodeJSON([]byte("{" + text.String()[1:] + "}"))
		dict, _ := v.(cachetoolsutils.Dict)
		if err != nil || len(dict) != names {
			t.Fatalf("%d names: %v, %v", names, dict, err)
		}
		for i, item := range dict {
			if item.Key != strings.Repeat("x", i) || item.Value != int64(2) {
				t.Errorf("%d names: member %d is %v", names, i, item)
			}
		}
	}
}
