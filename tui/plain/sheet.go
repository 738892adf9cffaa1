package plain

import (
	"bufio"
	"fmt"
	"io"
)

// sheet is a page of lines. Flush writes it, and returns the first error of a write.
type sheet struct{ out *bufio.Writer }

func newSheet(w io.Writer) *sheet { return &sheet{bufio.NewWriterSize(w, atOnce)} }

func (p *sheet) say(format string, args ...any) { fmt.Fprintf(p.out, format+"\n", args...) }
