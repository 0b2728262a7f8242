// Package house has the tests of the repository itself. They check which package may import which, what a program
// links, what every package documents, that comments are in plain English, and that the code in the documentation is
// tested.
package house
