package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/process"
)

// run hands a message to a command once, as JSON on its standard input.
func run(ctx context.Context, n config.Notify, root string, m Message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return refusal{err}
	}
	var said ending
	err = process.Run(ctx, process.Command{Line: n.Command, Dir: root, Env: process.Surroundings(),
		Stdin: bytes.NewReader(append(text, '\n')), Stdout: &said, Stderr: &said})
	if last := said.line(); err != nil && last != "" {
		return fmt.Errorf("%w: %s", err, last)
	}
	return err
}

// ending keeps the last of what a command says.
type ending struct{ text []byte }

// Write keeps the end of it.
func (e *ending) Write(p []byte) (int, error) {
	e.text = append(e.text, p...)
	if extra := len(e.text) - 1000; extra > 0 {
		e.text = append(e.text[:0], e.text[extra:]...)
	}
	return len(p), nil
}

// line is the last line.
func (e *ending) line() string {
	text := strings.TrimSpace(strings.ToValidUTF8(string(e.text), ""))
	return text[strings.LastIndexByte(text, '\n')+1:]
}
