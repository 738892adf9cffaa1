package plain

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"text/tabwriter"

	"github.com/gantry-cd/gantry/tui/text"
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

// onOneLine is w, where a row that a terminal would break is cut at its edge. What is no terminal gets all of it.
func onOneLine(w io.Writer) io.Writer {
	width, says := terminalWidth(w)
	if !says {
		return w
	}
	return &cutting{to: w, width: width}
}

// cutting cuts lines at a width, in cells.
type cutting struct {
	to    io.Writer
	width int
	begun []byte // a line that has no end yet
}

func (c *cutting) Write(p []byte) (int, error) {
	c.begun = append(c.begun, p...)
	end := bytes.LastIndexByte(c.begun, '\n') + 1
	var lines []byte
	for line := range bytes.Lines(c.begun[:end]) {
		lines = append(append(lines, text.Cut(string(bytes.TrimSuffix(line, []byte{'\n'})), c.width)...), '\n')
	}
	c.begun = c.begun[:copy(c.begun, c.begun[end:])]
	_, err := c.to.Write(lines)
	return len(p), err
}
