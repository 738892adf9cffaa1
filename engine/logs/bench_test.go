package logs

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

var line = []byte(strings.Repeat("a line of a log, 120 characters long… ", 3) + "12345\n")

func BenchmarkProducer(b *testing.B) {
	b.Run("plain file", func(b *testing.B) {
		file, err := os.Create(b.TempDir() + "/log")
		if err != nil {
			b.Fatal(err)
		}
		defer file.Close()
		b.SetBytes(int64(len(line)))
		for b.Loop() {
			if _, err := file.Write(line); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("buffered file", func(b *testing.B) {
		file, err := os.Create(b.TempDir() + "/log")
		if err != nil {
			b.Fatal(err)
		}
		defer file.Close()
		buffered := bufio.NewWriterSize(file, blockSize)
		b.SetBytes(int64(len(line)))
		for b.Loop() {
			if _, err := buffered.Write(line); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, secrets := range [][]string{nil, {"correct horse", "battery staple", "hunter2222", "s3cr3t-t0ken"}} {
		b.Run(fmt.Sprintf("log with %d secrets", len(secrets)), func(b *testing.B) {
			w, err := Create(b.TempDir()+"/log", time.Now, secrets)
			if err != nil {
				b.Fatal(err)
			}
			w.limit = 1 << 40
			defer w.Close()
			out := w.Writer("unit")
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := out.Write(line); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAMillionLines(b *testing.B) {
	path := b.TempDir() + "/log"
	w, err := Create(path, time.Now, nil)
	if err != nil {
		b.Fatal(err)
	}
	out := w.Writer("unit")
	for range 1_000_000 {
		if _, err := out.Write(line); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			r, err := Open(path)
			if err != nil || r.Len() != 1_000_000 {
				b.Fatal(err)
			}
			if err := r.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("40 lines anywhere", func(b *testing.B) {
		r, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		defer r.Close()
		b.ReportAllocs()
		for b.Loop() {
			if lines, err := r.Lines(rand.IntN(999_960), 40); err != nil || len(lines) != 40 {
				b.Fatal(len(lines), err)
			}
		}
	})
	b.Run("open without an index", func(b *testing.B) {
		if err := os.Remove(indexFile(path)); err != nil && !os.IsNotExist(err) {
			b.Fatal(err)
		}
		for b.Loop() {
			r, err := Open(path)
			if err != nil || r.Len() != 1_000_000 {
				b.Fatal(err)
			}
			if err := r.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
