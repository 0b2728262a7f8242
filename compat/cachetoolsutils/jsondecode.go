package cachetoolsutils

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"strconv"

	"github.com/ctxcache/cached/ctxcache"
)

// errSyntax is the cause of an error about text that is not JSON.
var errSyntax = ctxcache.Discreet("not JSON", nil)

// DecodeJSON reads JSON text as json.loads does in Python, and returns the object. It accepts UTF-8 with or without a
// byte order mark, and NaN, Infinity and -Infinity. A number without a fraction and an exponent becomes an int of any
// size, an array a list, and an object a [Dict]. If a name occurs several times in an object, the last one counts. An
// escaped lone surrogate stays a lone surrogate. Other text is an error. So are an int of more than 4,300 digits, and lists
// and dicts that are nested deeper than 994 levels, which Python 3.11 cannot read either: see [EncodeJSON]. It takes
// linear time, whatever data is.
func DecodeJSON(data []byte) (Value, error) {
	d := jsonDecoder{data: bytes.TrimPrefix(data, []byte("\ufeff"))}
	v, err := d.value(0)
	if err != nil {
		return nil, err
	}
	d.space()
	if d.at < len(d.data) {
		return nil, errSyntax
	}
	return v, nil
}

// jsonDecoder reads data, and has read it up to at.
type jsonDecoder struct {
	data []byte
	at   int
}

func (d *jsonDecoder) space() {
	for d.at < len(d.data) {
		switch d.data[d.at] {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return
		}
	}
}

// take skips white space. If text follows, it skips text, too, and reports true.
func (d *jsonDecoder) take(text string) bool {
	d.space()
	if !bytes.HasPrefix(d.data[d.at:], []byte(text)) {
		return false
	}
	d.at += len(text)
	return true
}

var jsonNames = []struct {
	name  string
	value Value
}{
	{"null", nil},
	{"true", true},
	{"false", false},
	{"NaN", math.NaN()},
	{"Infinity", math.Inf(1)},
	{"-Infinity", math.Inf(-1)},
}

func (d *jsonDecoder) value(depth int) (Value, error) {
	switch {
	case d.take(`"`):
		return d.text()
	case d.take("["):
		return d.array(depth)
	case d.take("{"):
		return d.object(depth)
	}
	for _, n := range jsonNames {
		if d.take(n.name) {
			return n.value, nil
		}
	}
	return d.number()
}

func (d *jsonDecoder) array(depth int) (Value, error) {
	items := []Value{}
	if depth >= jsonLevels {
		return nil, errDepth
	}
	if d.take("]") {
		return items, nil
	}
	for {
		item, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if d.take("]") {
			return items, nil
		}
		if !d.take(",") {
			return nil, errSyntax
		}
	}
}

func (d *jsonDecoder) object(depth int) (Value, error) {
	dict := Dict{}
	if depth >= jsonLevels {
		return nil, errDepth
	}
	if d.take("}") {
		return dict, nil
	}
	var places places
	for {
		if !d.take(`"`) {
			return nil, errSyntax
		}
		name, err := d.text()
		if err != nil {
			return nil, err
		}
		if !d.take(":") {
			return nil, errSyntax
		}
		value, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if place, again := places.find(dict, name); again {
			dict[place].Value = value
		} else {
			dict = append(dict, Item{name, value})
		}
		if d.take("}") {
			return dict, nil
		}
		if !d.take(",") {
			return nil, errSyntax
		}
	}
}

// places finds the members of a dict that is being read. A map for each small dict would take many times the memory of
// its text, so a dict is searched from its beginning until it is large.
type places map[string]int

// maxSearched is the size of a dict that is searched from its beginning.
const maxSearched = 8

// find returns the place of the member name of dict. Its caller appends the member if find reports false.
func (p *places) find(dict Dict, name string) (place int, ok bool) {
	if len(dict) < maxSearched {
		for i, item := range dict {
			if item.Key == name {
				return i, true
			}
		}
		return 0, false
	}
	if *p == nil {
		*p = make(places, 2*maxSearched)
		for i, item := range dict {
			(*p)[item.Key.(string)] = i // the decoder makes no other keys
		}
	}
	if place, ok = (*p)[name]; !ok {
		(*p)[name] = len(dict)
	}
	return place, ok
}

// number reads a number of JSON. A float that is too large becomes infinite, as in Python.
func (d *jsonDecoder) number() (Value, error) {
	start := d.at
	isFloat, err := d.skipNumber()
	if err != nil {
		return nil, err
	}
	text := string(d.data[start:d.at])
	if isFloat {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return nil, errSyntax
		}
		return f, nil
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, nil
	}
	i, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return nil, errSyntax
	}
	return i, nil
}

// skipNumber skips a number, and reports whether it is a float. It refuses an int of too many digits.
func (d *jsonDecoder) skipNumber() (isFloat bool, err error) {
	d.skip('-')
	first := d.at
	if !d.skip('0') && !d.digits() {
		return false, errSyntax
	}
	digits := d.at - first
	if d.skip('.') {
		if isFloat = true; !d.digits() {
			return false, errSyntax
		}
	}
	if d.skip('e') || d.skip('E') {
		if !d.skip('+') {
			d.skip('-')
		}
		if isFloat = true; !d.digits() {
			return false, errSyntax
		}
	}
	if !isFloat && digits > maxDigits {
		return false, errDigits
	}
	return isFloat, nil
}

// skip skips char and reports true, if char is the next byte.
func (d *jsonDecoder) skip(char byte) bool {
	if d.at < len(d.data) && d.data[d.at] == char {
		d.at++
		return true
	}
	return false
}

// digits skips digits, and reports whether there was at least one.
func (d *jsonDecoder) digits() bool {
	start := d.at
	for d.at < len(d.data) && '0' <= d.data[d.at] && d.data[d.at] <= '9' {
		d.at++
	}
	return d.at > start
}
