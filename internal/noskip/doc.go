// Noskip reads the output of go test -json and prints what plain go test would: a line per package, and all
// that failed tests said. It exits with status 1 if a test failed, if one was skipped, or if none ran, and its
// last line counts them.
//
// A test that skips itself for want of a server is a test that nobody runs. It may do so on a developer's
// machine; where everything is installed, it must not.
package main
