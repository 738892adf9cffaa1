package tui

import (
	"bytes"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	pasteBegins = "\x1b[200~"
	pasteEnds   = "\x1b[201~"
	// pasteGap is the longest pause within a paste. What comes later is typed, whether the paste had an end or not.
	pasteGap = 500 * time.Millisecond
	// aHandful is how many bytes a person's keys may be that a line held up. What comes in greater number was not typed.
	aHandful = 128
	// longestSequence is how many bytes what one key sends may have.
	longestSequence = 16
)

// listen stands between the terminal and Bubble Tea, which would wait for the end of a paste for ever, and takes a full
// buffer for the beginning of more. A file stays one: Bubble Tea puts it into raw mode, and waits for it.
func listen(in io.Reader, now func() time.Time) (io.Reader, *input) {
	if f, ok := in.(*os.File); ok {
		k := &keyboard{File: f, input: input{from: f, now: now}}
		return k, &k.input
	}
	i := &input{from: in, now: now}
	return i, i
}

type keyboard struct {
	*os.File
	input input
}

// Read reads what was typed.
func (k *keyboard) Read(p []byte) (int, error) { return k.input.Read(p) }

type input struct {
	from io.Reader
	now  func() time.Time
	// turn is held while one reads. There may be two: Bubble Tea lets go of the loop that reads while another program has
	// the terminal, starts a second one afterwards, and does not wait long for the end of the first.
	turn  sync.Mutex
	paste bool        // one has begun and not ended
	last  time.Time   // when something was read
	held  []byte      // the beginning of a sequence whose rest has not been read
	pours atomic.Bool // the newest read brought more than anybody types; a paste is one key
}

// Read reads what was typed. It never fills p, and ends a paste that was left open.
func (i *input) Read(p []byte) (int, error) {
	i.turn.Lock()
	defer i.turn.Unlock()
	room := len(p) - 1 - len(i.held) - len(pasteEnds)
	if room < 1 {
		return i.from.Read(p) // nobody reads so little
	}
	read := make([]byte, room)
	n, err := i.from.Read(read)
	if n <= 0 {
		return n, err
	}
	now := i.now()
	out := p[:copy(p, i.held)]
	if i.paste && now.Sub(i.last) >= pasteGap {
		out, i.paste = append(out, pasteEnds...), false
	}
	out, i.held, i.last = append(out, read[:n]...), nil, now
	pasted := i.paste || bytes.Contains(out, []byte(pasteBegins))
	i.pours.Store(n >= aHandful && !pasted)
	i.follow(out)
	if n == room {
		out = i.hold(out)
	}
	return len(out), err
}

// follow finds out whether a paste is open after these bytes.
func (i *input) follow(b []byte) {
	for {
		mark := pasteBegins
		if i.paste {
			mark = pasteEnds
		}
		at := bytes.Index(b, []byte(mark))
		if at < 0 {
			return
		}
		b, i.paste = b[at+len(mark):], !i.paste
	}
}

// hold keeps back a sequence that may go on in what is read next.
func (i *input) hold(b []byte) []byte {
	at := bytes.LastIndexByte(b, 0x1b)
	if at <= 0 || len(b)-at > longestSequence {
		return b
	}
	i.held = append([]byte(nil), b[at:]...)
	return b[:at]
}
