// Package squad has another name than its folder.
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
