package logs

import (
	"bytes"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
)

// stamp is how a line is dated, always in UTC.
const stamp = "2006-01-02T15:04:05.000Z"

// appendLine writes a line as it stands in the file, for people and for parseLine: time, step and text with tabs between.
func appendLine(to, at []byte, step string, text []byte) []byte {
	to = append(to, at...)
	to = append(to, '\t')
	to = append(to, step...)
	to = append(to, '\t')
	to = append(to, text...)
	return append(to, '\n')
}

// dateline writes dates. Of the lines that come within a millisecond it writes one.
type dateline struct {
	milli int64
	text  []byte
}

func (d *dateline) of(at time.Time) []byte {
	if milli := at.UnixMilli(); milli != d.milli || d.text == nil {
		d.milli, d.text = milli, at.UTC().AppendFormat(d.text[:0], stamp)
	}
	return d.text
}

// parseLine reads what appendLine wrote, without the line break. A line that is not of its making, for instance the rest
// of one that a crash cut off, is all text.
func parseLine(line string) engine.LogLine {
	date, rest, _ := strings.Cut(line, "\t")
	step, text, found := strings.Cut(rest, "\t")
	at, dated := parseStamp(date)
	if !found || !dated {
		return engine.LogLine{Text: line}
	}
	return engine.LogLine{At: at, Step: step, Text: text}
}

// textOf is the text of a line as parseLine finds it.
func textOf(line []byte) []byte {
	date, rest, _ := bytes.Cut(line, []byte("\t"))
	_, text, found := bytes.Cut(rest, []byte("\t"))
	if !found {
		return line
	}
	if _, dated := parseStamp(date); !dated {
		return line
	}
	return text
}

// parseStamp is time.Parse for dates as they stand in a log, several times as fast.
func parseStamp[T string | []byte](text T) (time.Time, bool) {
	if len(text) != len(stamp) {
		return time.Time{}, false
	}
	for i := range len(stamp) {
		digit, wanted := text[i]-'0' <= 9, stamp[i]-'0' <= 9
		if digit != wanted || !digit && text[i] != stamp[i] {
			return time.Time{}, false
		}
	}
	number := func(from, to int) (n int) {
		for ; from < to; from++ {
			n = 10*n + int(text[from]-'0')
		}
		return n
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	hour, minute, second := number(11, 13), number(14, 16), number(17, 19)
	at := time.Date(year, time.Month(month), day, hour, minute, second, number(20, 23)*int(time.Millisecond), time.UTC)
	_, m, d := at.Date() // a 31st of June would be another day
	return at, int(m) == month && d == day && hour < 24 && minute < 60 && second < 60
}
