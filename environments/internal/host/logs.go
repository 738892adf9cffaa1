package host

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// maxLog bounds the log of one release; what is older is kept once more beside it.
	maxLog = 4 << 20
	// keptLogs is how many releases' logs a slot keeps.
	keptLogs = 5
	// rotation is how often logs are measured.
	rotation = time.Second
	// lastBytes is how much of a log is read to find its last line.
	lastBytes = 8 << 10
)

func (s *slot) logDir() string { return filepath.Join(s.host.options.Dir, "logs", s.key) }

func (s *slot) logFile(id int) string { return filepath.Join(s.logDir(), strconv.Itoa(id)+".log") }

// makeLogs makes room for another release's log.
func (s *slot) makeLogs() error {
	if err := os.MkdirAll(s.logDir(), 0o700); err != nil {
		return fmt.Errorf("make the directory of logs: %w", err)
	}
	logs := s.logs()
	for _, id := range logs[:max(0, len(logs)-keptLogs+1)] {
		if r := s.running(); r != nil && r.kept.ID == id {
			continue
		}
		_ = os.Remove(s.logFile(id))
		_ = os.Remove(s.logFile(id) + ".1")
	}
	return nil
}

// logs are the numbers of the releases whose logs are kept, oldest first.
func (s *slot) logs() []int {
	entries, _ := os.ReadDir(s.logDir())
	var ids []int
	for _, e := range entries {
		if id, err := strconv.Atoi(strings.TrimSuffix(e.Name(), ".log")); err == nil {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, cmp.Compare[int])
	return ids
}

// rotate keeps the logs of what runs bounded until the host stops. A service holds its file open, so the content is
// copied and the file emptied: lines written between the two are lost.
func (h *Host) rotate() {
	defer h.helpers.Done()
	tick := time.NewTicker(rotation)
	defer tick.Stop()
	for {
		select {
		case <-h.work.Done():
			return
		case <-tick.C:
		}
		for _, s := range h.allSlots() {
			if r := s.running(); r != nil {
				if err := rotateFile(r.logFile(), maxLog); err != nil {
					s.event("the log of %s could not be rotated: %v", r.kept.Name, err)
				}
			}
		}
	}
}

func rotateFile(path string, most int64) error {
	info, err := os.Stat(path)
	if err != nil || info.Size() <= most {
		return nil // no log yet, or a short one
	}
	from, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(path+".1", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer to.Close()
	if _, err := from.Seek(-min(info.Size(), most), io.SeekEnd); err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	return from.Truncate(0)
}

// lastOf reads the end of a log.
func lastOf(path string, most int64) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > most {
		if _, err := f.Seek(-most, io.SeekEnd); err != nil {
			return ""
		}
	}
	text, _ := io.ReadAll(io.LimitReader(f, most))
	return string(text)
}

// tail follows what a starting service writes, from where its log stood before.
type tail struct {
	file   *os.File
	recent []byte
}

// tailFrom follows a log from its present end. A log that cannot be read shows nothing.
func tailFrom(log string) *tail {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_RDONLY, 0o600)
	if err != nil {
		return &tail{}
	}
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		_ = f.Close()
		return &tail{}
	}
	return &tail{file: f}
}

// copy writes what is new.
func (t *tail) copy(to io.Writer) {
	if t.file == nil {
		return
	}
	text, _ := io.ReadAll(t.file)
	if len(text) == 0 {
		return
	}
	_, _ = to.Write(text)
	t.recent = append(t.recent, text...)
	t.recent = bytes.Clone(t.recent[max(0, len(t.recent)-lastBytes):])
}

// last is the last line of it that says something.
func (t *tail) last() string { return meaningful(string(t.recent)) }

func (t *tail) close() {
	if t.file != nil {
		_ = t.file.Close()
	}
}
