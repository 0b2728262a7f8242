package main

// README.md shows main.go, and this output.
func Example() {
	main()
	// Output:
	// loading ada
	// Ada Lovelace <nil>
}
