package logs

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"time"
)

// BenchmarkTenMillionLines is a log of about a gigabyte. What is read is in the disk cache: it was just written. A search
// is compared with reading the file and doing nothing with it.
func BenchmarkTenMillionLines(b *testing.B) {
	const lines = 10_000_000
	path := b.TempDir() + "/log"
	size := tenMillion(b, path, lines)
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			r, err := Open(path)
			if err != nil || r.Len() != lines {
				b.Fatal(err)
			}
			_ = r.Close()
		}
	})
	r, err := Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	b.Run("jump", func(b *testing.B) {
		for b.Loop() {
			if got, err := r.Lines(rand.IntN(lines-144), 144); err != nil || len(got) != 144 {
				b.Fatal(len(got), err)
			}
		}
	})
	for _, text := range []string{"a needle", "line 98765", "an ordinary lane"} {
		b.Run("search/"+text, func(b *testing.B) {
			var searching, reading time.Duration
			b.SetBytes(size)
			for b.Loop() {
				begin := time.Now()
				for at := 0; at < lines; {
					_, next, err := r.Search([]string{text}, at, 1<<16)
					if err != nil {
						b.Fatal(err)
					}
					at = next
				}
				searching += time.Since(begin)
				reading += readAll(b, path)
			}
			b.ReportMetric(float64(searching)/float64(reading), "search/read")
		})
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b.Logf("memory taken from the system after all that: %d MiB", memory.Sys>>20)
}

func tenMillion(b *testing.B, path string, lines int) int64 {
	w, err := Create(path, time.Now, nil)
	if err != nil {
		b.Fatal(err)
	}
	out := w.Writer("unit")
	var text []byte
	for i := range lines {
		text = fmt.Appendf(text[:0], "line %d of an ordinary log, which tells of something that nobody reads\n", i)
		if i == lines/2 {
			text = []byte("a needle in the middle\n")
		}
		_, _ = out.Write(text)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}

func readAll(b *testing.B, path string) time.Duration {
	file, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	block := make([]byte, searchBlock)
	begin := time.Now()
	for {
		if _, err := file.Read(block); err == io.EOF {
			return time.Since(begin)
		} else if err != nil {
			b.Fatal(err)
		}
	}
}
