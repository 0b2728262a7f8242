// Typecheck type-checks all packages of the module in the working directory, and their tests, for another system. Its
// arguments are variables of the environment that name the system. It prints the errors, and exits with status 1 if
// there are any.
//
//	go run ./internal/typecheck GOARCH=386
//
// On a system with 32 bits, a constant such as 1<<40 does not fit an int. Type checking finds that, as compiling would,
// but it need not compile the standard library for that system.
package main
