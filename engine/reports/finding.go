package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Level is how bad a finding is.
type Level string

// The levels, as SARIF names them.
const (
	LevelError   Level = "error"
	LevelWarning Level = "warning"
	LevelNote    Level = "note"
	LevelNone    Level = "none"
)

// Finding is one thing that a scanner found.
type Finding struct {
	Tool    string `json:"tool"`
	Rule    string `json:"rule"`
	Level   Level  `json:"level"`
	File    string `json:"file,omitempty"` // as the tool names it
	Line    int    `json:"line,omitempty"` // from 1; 0 unknown
	Message string `json:"message"`
	Source  string `json:"source,omitempty"` // the line of source, when the tool quotes it
	// Identity is what the tool itself knows the finding again by; "" when it does not say.
	Identity string `json:"identity,omitempty"`
}

func (f Finding) String() string {
	where := f.File
	if where != "" && f.Line > 0 {
		where = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	return strings.TrimSpace(strings.TrimSpace(where+" "+f.Rule) + ": " + f.Message)
}

// Fingerprint knows a finding again in a later version of the code: as its tool does, or by tool, rule, file and the line's
// text, not by its number, which every edit above it changes.
func (f Finding) Fingerprint() string {
	text := f.Identity
	if text == "" {
		text = f.Source
	}
	if strings.TrimSpace(text) == "" {
		text = f.Message
	}
	text = strings.Join(strings.Fields(text), " ")
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Tool, f.Rule, f.File, text}, "\x00")))
	return hex.EncodeToString(sum[:16])
}
