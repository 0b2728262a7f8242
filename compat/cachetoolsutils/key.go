package cachetoolsutils

// Key is a Python object as a key: comparable, whatever it holds. 1, 1.0, True and "1" are different keys here,
// as they are to caches that store keys as JSON; those that store str(key) take the first and the last for the
// same one.
//
// The zero Key is None.
type Key struct {
	form string // of appendForm; empty is None
}

// KeyOf returns v as a key. It fails for Go values that are no [Value].
func KeyOf(v Value) (Key, error) {
	form, err := appendForm(nil, v, 0)
	if err != nil {
		return Key{}, err
	}
	if string(form) == string(formNone) {
		form = nil
	}
	return Key{string(form)}, nil
}

// Value returns the object that k was made of.
func (k Key) Value() Value {
	if k.form == "" {
		return nil
	}
	f := formReader(k.form)
	return f.value()
}

// String returns Python's str() of the object.
func (k Key) String() string {
	text, err := Str(k.Value())
	if err != nil { // a string that is none to Python, inside of a container
		return "<" + err.Error() + ">"
	}
	return text
}
