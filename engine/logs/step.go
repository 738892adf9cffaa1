package logs

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf8"
)

// stepWriter cuts what a step writes into lines.
type stepWriter struct {
	log     *Writer
	name    string
	partial []byte    // the line that has no end yet
	now     time.Time // of what is being written
}

// Write takes any part of any number of lines.
func (s *stepWriter) Write(p []byte) (int, error) {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	if !s.log.closed {
		s.now = s.log.now()
		s.split(p)
	}
	return len(p), nil
}

// Close ends the last line.
func (s *stepWriter) Close() error {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	if !s.log.closed {
		s.now = s.log.now()
		s.end(s.partial)
	}
	delete(s.log.steps, s)
	return nil
}

func (s *stepWriter) split(p []byte) {
	clean := s.log.redact.absent(p)
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			break
		}
		if len(s.partial) == 0 {
			s.line(p[:i], clean)
		} else {
			s.partial = append(s.partial, p[:i]...)
			s.line(s.partial, false) // a secret may be half in each part
			s.partial = s.partial[:0]
		}
		p = p[i+1:]
	}
	for len(s.partial)+len(p) > maxLine { // never hold more of a line than this
		room := maxLine - len(s.partial)
		s.partial, p = append(s.partial, p[:room]...), p[room:]
		s.partial = append(s.partial[:0], s.piece(s.partial)...)
	}
	s.partial = append(s.partial, p...)
}

// end ends a line that the step did not.
func (s *stepWriter) end(rest []byte) {
	if len(rest) > 0 {
		s.line(rest, false)
	}
	s.partial = nil
}

// line adds one complete line, in pieces when it is too long. It is clean when it is known to have no secret in it.
func (s *stepWriter) line(text []byte, clean bool) {
	for len(text) > maxLine {
		rest := s.piece(text[:maxLine])
		text = text[maxLine-len(rest):]
	}
	if !clean {
		text = s.log.redact.clean(text)
	}
	s.log.add(s.now, s.name, text)
}

// piece adds the beginning of a line that is too long, and returns what of it belongs to the next piece: no secret and no
// character is cut in two.
func (s *stepWriter) piece(text []byte) []byte {
	cut := s.log.redact.cut(text)
	for back := 1; back < utf8.UTFMax && cut < len(text) && !utf8.RuneStart(text[cut]); back++ {
		cut--
	}
	s.log.add(s.now, s.name, s.log.redact.clean(text[:cut]))
	return text[cut:]
}

var withoutBreaks = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")

// stepName is the step's name as it can stand in the file.
func stepName(step string) string { return withoutBreaks.Replace(step) }
