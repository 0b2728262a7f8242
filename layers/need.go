package layers

// need panics if given is false: a constructor was called without an argument that it needs.
func need(constructor, what string, given bool) {
	if !given {
		panic("layers: " + constructor + " needs " + what)
	}
}
