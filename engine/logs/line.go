package logs

import (
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
)

// stamp is how a line is dated, always in UTC.
const stamp = "2006-01-02T15:04:05.000Z"

// appendLine writes a line as it stands in the file, for people and for parseLine: time, step and text with tabs between.
func appendLine(to []byte, at time.Time, step string, text []byte) []byte {
	to = at.UTC().AppendFormat(to, stamp)
	to = append(to, '\t')
	to = append(to, step...)
	to = append(to, '\t')
	to = append(to, text...)
	return append(to, '\n')
}

// parseLine reads what appendLine wrote, without the line break. A line that is not of its making, for instance the rest
// of one that a crash cut off, is all text.
func parseLine(line string) engine.LogLine {
	date, rest, _ := strings.Cut(line, "\t")
	step, text, found := strings.Cut(rest, "\t")
	at, err := time.Parse(stamp, date)
	if !found || err != nil {
		return engine.LogLine{Text: line}
	}
	return engine.LogLine{At: at, Step: step, Text: text}
}
