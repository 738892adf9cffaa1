package stubs

import (
	"fmt"
	"strings"
)

// Refusal says that a bundle is not good: it was tried, and the findings say why not. It is a verdict about the service
// or its contract, unlike an error of the network.
type Refusal struct {
	Findings []string // at least one, each a line
}

func refuse(format string, args ...any) *Refusal {
	return &Refusal{[]string{fmt.Sprintf(format, args...)}}
}

// Error is the first finding, and how many follow.
func (r *Refusal) Error() string {
	if more := len(r.Findings) - 1; more > 0 {
		return fmt.Sprintf("the stub is refused: %s (and %d more)", r.Findings[0], more)
	}
	return "the stub is refused: " + r.Findings[0]
}

// Detail is every finding, one a line.
func (r *Refusal) Detail() string { return strings.Join(r.Findings, "\n") }
