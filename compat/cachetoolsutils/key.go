package cachetoolsutils

// Key is a Python object as a key of a cache. It is comparable, whatever the object is. 1, 1.0, True and "1" are
// different Keys. Caches that store keys as JSON also distinguish them. Caches that store str(key) do not distinguish 1
// and "1".
//
// The zero Key stands for None.
type Key struct {
	form string // as appendForm writes it; empty for None
}

// KeyOf returns v as a key. It returns an error for a Go value that is not a [Value].
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

// Value returns the object that k was made from.
func (k Key) Value() Value {
	if k.form == "" {
		return nil
	}
	f := formReader(k.form)
	return f.value()
}

// String returns Python's str() of the object. If the object has no str(), it returns the reason in angle brackets.
func (k Key) String() string {
	text, err := Str(k.Value())
	if err != nil { // a container has a string that cannot be a Python str
		return "<" + err.Error() + ">"
	}
	return text
}
