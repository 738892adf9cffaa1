package plain

import (
	"bufio"
	"errors"
	"io"
	"text/tabwriter"
)

// atOnce is how many bytes are written at a time: a terminal, or a pipe, takes a system call for each write.
const atOnce = 64 << 10

// Table writes rows whose cells end with tabs, in columns as wide as they need. Nothing is written before Flush.
type Table struct {
	*tabwriter.Writer
	out *bufio.Writer
}

// NewTable makes an empty table. A tabwriter writes each cell by itself; here the whole goes through one buffer.
func NewTable(w io.Writer) *Table {
	out := bufio.NewWriterSize(w, atOnce)
	return &Table{tabwriter.NewWriter(out, 0, 0, 2, ' ', 0), out}
}

// Flush writes the table, and returns the first error of a write.
func (t *Table) Flush() error { return errors.Join(t.Writer.Flush(), t.out.Flush()) }
