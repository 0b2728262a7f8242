// Package report writes the results of a comparison as Markdown for people, and as CSV for programs.
package report
