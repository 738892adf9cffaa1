package logs

import (
	"encoding/binary"
	"io"
	"os"
	"slices"
)

// every is how many lines lie between two entries of the index.
const every = 64

// header begins an index file and names its format. Behind it stand the offsets of the lines 0, 64, 128… in the log, eight
// bytes each. The index only saves reading: one that is missing, torn or wrong is made anew from the log.
var header = [8]byte{'g', 'a', 'n', 't', 'r', 'y', 1, every}

func indexFile(log string) string { return log + ".idx" }

// index is the index of a log that is being written.
type index struct {
	file    *os.File
	size    int64
	pending []byte
}

func createIndex(log string, offsets []int64) (*index, error) {
	file, err := os.OpenFile(indexFile(log), os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	x := &index{file: file, pending: slices.Clone(header[:])}
	for _, offset := range offsets {
		x.add(offset)
	}
	x.flush()
	return x, nil
}

func (x *index) add(offset int64) {
	x.pending = binary.LittleEndian.AppendUint64(x.pending, uint64(offset))
}

// flush writes the entries whose lines are in the log. What cannot be written waits for the next time.
func (x *index) flush() {
	if len(x.pending) == 0 {
		return
	}
	if _, err := x.file.WriteAt(x.pending, x.size); err == nil {
		x.size += int64(len(x.pending))
		x.pending = x.pending[:0]
	}
}

func (x *index) close() error { return x.file.Close() }

// readIndex reads the offsets as far as the index has them.
func readIndex(log string) []int64 {
	text, err := os.ReadFile(indexFile(log))
	if err != nil || len(text) < len(header) || [8]byte(text[:8]) != header {
		return nil
	}
	var offsets []int64
	for entry := text[len(header):]; len(entry) >= 8; entry = entry[8:] {
		offsets = append(offsets, int64(binary.LittleEndian.Uint64(entry)))
	}
	return offsets
}

// believable are the offsets if they fit the log: they begin with 0, grow, and the last one is the start of a line.
func believable(offsets []int64, log io.ReaderAt) []int64 {
	if len(offsets) == 0 || offsets[0] != 0 {
		return nil
	}
	for i := 1; i < len(offsets); i++ {
		if offsets[i] <= offsets[i-1] {
			return nil
		}
	}
	last := offsets[len(offsets)-1]
	var before [1]byte
	if last == 0 {
		return offsets
	}
	if _, err := log.ReadAt(before[:], last-1); err != nil || before[0] != '\n' {
		return nil
	}
	return offsets
}
