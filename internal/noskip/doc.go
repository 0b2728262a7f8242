// Noskip reads the output of go test -json and prints what plain go test would print: a line per package, and all
// output of failed tests. Its last line counts the tests. It exits with status 1 if a test failed, if a test was
// skipped, or if no test ran.
//
// A test that is skipped because a server is missing checks nothing. That is all right on a developer's machine. It is
// not all right where everything is installed.
package main
