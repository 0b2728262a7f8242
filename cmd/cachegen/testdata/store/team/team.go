// Package squad is not called as its folder is.
package squad

// Team is a result.
type Team struct {
	Name    string
	Members []string
}

// Lister is embedded elsewhere.
type Lister interface {
	ListTeams(names ...string) ([]Team, error)
}
