package layers

// need panics unless a constructor was given what it cannot do without.
func need(constructor, what string, given bool) {
	if !given {
		panic("layers: " + constructor + " needs " + what)
	}
}
