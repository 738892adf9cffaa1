package tui

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/logview"
	"github.com/gantry-cd/gantry/tui/text"
)

// clipboardHolds is how many bytes are copied at most: terminals, and tmux, drop a sequence of more than a megabyte.
const clipboardHolds = 700 << 10

// read gives a log to who takes lines of it away, in the background: the log on the screen may be closed meanwhile.
func (c commands) read(key engine.AttemptKey, take func(engine.Log) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		log, err := c.engine.Log(key.Run, key.Stage, key.Attempt)
		if err != nil {
			return doneMsg{err: err}
		}
		defer func() { _ = log.Close() }() // it was only read
		return take(log)
	}
}

// copyLines puts lines onto the clipboard of the terminal, by OSC 52.
func (c commands) copyLines(key engine.AttemptKey, part logview.Part) tea.Cmd {
	return c.read(key, func(log engine.Log) tea.Msg {
		clip := clipboard{}
		lines, err := part.WriteTo(&clip, log)
		full := errors.Is(err, errFull)
		if err != nil && !full {
			return doneMsg{err: fmt.Errorf("copying lines of the log: %w", err)}
		}
		if full {
			lines = bytes.Count(clip.text, []byte("\n"))
		}
		if lines == 0 {
			return doneMsg{said: "There is no line to copy"}
		}
		if lines == 1 {
			clip.text = bytes.TrimSuffix(clip.text, []byte("\n"))
		}
		c.ring("\x1b]52;c;" + base64.StdEncoding.EncodeToString(clip.text) + "\a")
		said := fmt.Sprintf("Copied %s, %s", text.Many(lines, "line"), text.Size(int64(len(clip.text))))
		if full {
			said += ": a terminal's clipboard takes no more; S saves all of it to a file"
		}
		return doneMsg{said: said}
	})
}

var errFull = errors.New("the clipboard is full")

// clipboard takes whole lines until it is full.
type clipboard struct{ text []byte }

// Write takes what fits.
func (c *clipboard) Write(p []byte) (int, error) {
	if room := clipboardHolds - len(c.text); len(p) > room {
		c.text = append(c.text, p[:room]...)
		c.text = c.text[:bytes.LastIndexByte(c.text, '\n')+1]
		return room, errFull
	}
	c.text = append(c.text, p...)
	return len(p), nil
}

// savedMsg is what became of saving a log.
type savedMsg struct {
	save   saving
	said   string
	exists string // the file is there already: what it is; "" it is not
	err    error
}

// saving is lines of a log to be written to a file.
type saving struct {
	key       engine.AttemptKey
	part      logview.Part
	name      string
	overwrite bool
}

func (c commands) save(s saving) tea.Cmd {
	return c.read(s.key, func(log engine.Log) tea.Msg {
		lines, counted := 0, &counter{}
		at, err := c.files.write(s.name, s.overwrite, func(w io.Writer) (err error) {
			counted.to = w
			lines, err = s.part.WriteTo(counted, log)
			return err
		})
		var there *existsError
		switch {
		case errors.As(err, &there):
			return savedMsg{save: s, exists: there.what}
		case err != nil:
			return savedMsg{save: s, err: fmt.Errorf("saving the log: %w", err)}
		}
		return savedMsg{save: s, said: fmt.Sprintf("Saved %s, %s, to %s", text.Many(lines, "line"), text.Size(counted.bytes), at)}
	})
}

type counter struct {
	to    io.Writer
	bytes int64
}

// Write counts what is written.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.bytes += int64(n)
	return n, err
}

// files is where logs are saved.
type files interface {
	// write makes a file, and says where it is. One that exists is an *existsError unless it may be overwritten.
	write(name string, overwrite bool, fill func(io.Writer) error) (at string, err error)
}

// existsError says that a file is there already.
type existsError struct{ what string }

// Error says which.
func (e *existsError) Error() string { return e.what + " exists already" }

// disk is the files of this machine, from the working directory on.
type disk struct{}

func (disk) write(name string, overwrite bool, fill func(io.Writer) error) (string, error) {
	if rest, home := strings.CutPrefix(name, "~/"); home {
		if directory, err := os.UserHomeDir(); err == nil {
			name = filepath.Join(directory, rest)
		}
	}
	at, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(at); err == nil && info.IsDir() {
		return "", fmt.Errorf("%s is a directory: name a file in it", at)
	} else if err == nil && !overwrite {
		return "", &existsError{fmt.Sprintf("%s (%s, of %s)", at, text.Size(info.Size()), info.ModTime().Local().Format(time.DateTime))}
	}
	// It is written beside and put in its place when it is whole: what was there is not lost before.
	part, err := os.CreateTemp(filepath.Dir(at), "."+filepath.Base(at)+".*")
	if err != nil {
		return "", err
	}
	err = errors.Join(part.Chmod(0o644), fill(part), part.Close())
	if err == nil && overwrite {
		err = os.Rename(part.Name(), at)
	} else if err == nil {
		err = os.Link(part.Name(), at) // which, unlike renaming, overwrites nothing that came meanwhile
		if errors.Is(err, fs.ErrExist) {
			err = &existsError{at}
		}
	}
	if remove := os.Remove(part.Name()); err == nil && remove != nil && !errors.Is(remove, fs.ErrNotExist) {
		err = remove
	}
	return at, err
}
