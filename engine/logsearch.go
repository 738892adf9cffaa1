package engine

// LogSearcher is a Log that looks for texts itself, much faster than by giving every line away.
type LogSearcher interface {
	Log
	// Search is which of the n lines from line from on show any of the texts, upper and lower case alike, in their order;
	// and the line that the search has come to, which is less than from+n at the end of the log.
	Search(texts []string, from, n int) (hits []int, next int, err error)
}
