package tui

import (
	"cmp"
	"fmt"
	"io"
)

// leave writes what stays in the scroll-back.
func (m *model) leave(out io.Writer) error {
	if m.world == nil {
		return nil
	}
	lines := m.world.Summary(m.clock())
	if busy := m.world.Active(); busy > 0 {
		where := "goes on in " + cmp.Or(m.world.Snapshot.Elsewhere, "the engine")
		if m.gone {
			where = "resumes at the next start of gantry"
		}
		lines = append(lines, fmt.Sprintf("%d under way: %s.", busy, where))
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return fmt.Errorf("writing the summary: %w", err)
		}
	}
	return nil
}
