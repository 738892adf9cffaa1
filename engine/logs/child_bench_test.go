package logs

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/process"
)

// asProducer makes the test's program write lines: so many at once. Below 0 it does what programs do besides, and makes
// each line of a time, a number and words.
const asProducer = "GANTRY_TEST_PRODUCER"

const produced = 400_000

// asWriter makes it write a log, and tell how many lines of it a reader has been shown, until it is killed.
const asWriter = "GANTRY_TEST_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(asWriter); path != "" {
		writeUntilKilled(path)
	}
	if at := os.Getenv(asProducer); at != "" {
		lines, err := strconv.Atoi(at)
		if err != nil {
			panic(err)
		}
		out := bufio.NewWriterSize(os.Stdout, max(lines, -lines)*len(line))
		for i := range produced {
			if lines > 0 {
				_, _ = out.Write(line)
			} else {
				fmt.Fprintf(out, "%s level=info msg=%q request=%d path=/orders/%d status=%d\n", time.Now().Format(time.RFC3339Nano), "handled a request", i, i%977, 200)
			}
		}
		_ = out.Flush()
		return
	}
	os.Exit(m.Run())
}

// BenchmarkStep is a program that writes its lines to a file, to a log through a pipe as a step does, and through a pipe to
// cat, which does no more than write them to a file: how long it runs, each once in turn. Some programs write line by line,
// others a buffer at a time; and those that only write are the extreme.
func BenchmarkStep(b *testing.B) {
	for name, lines := range map[string]int{"a server's lines": -1, "a server's lines, 32 at once": -32, "line by line": 1, "8 lines at once": 8, "64 lines at once": 64} {
		b.Run(name, func(b *testing.B) {
			var toFile, toLog, toCat time.Duration
			b.SetBytes(int64(produced * len(line)))
			for b.Loop() {
				file, err := os.Create(b.TempDir() + "/file")
				if err != nil {
					b.Fatal(err)
				}
				toFile += produce(b, lines, file, "")
				_ = file.Close()
				log, err := Create(b.TempDir()+"/log", time.Now, []string{"correct horse"})
				if err != nil {
					b.Fatal(err)
				}
				toLog += produce(b, lines, log.Writer("unit"), "")
				if err := log.Close(); err != nil || log.Len() != produced {
					b.Fatal(log.Len(), err)
				}
				toCat += produce(b, lines, nil, "| cat >'"+b.TempDir()+"/cat'")
			}
			b.ReportMetric(float64(toLog)/float64(toFile), "log/file")
			b.ReportMetric(float64(toLog)/float64(toCat), "log/cat")
		})
	}
}

func produce(b *testing.B, lines int, to io.Writer, then string) time.Duration {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	command := "'" + self + "' "
	if then == "" {
		command = "exec " + command
	}
	child := process.Command{Line: command + then, Env: append(os.Environ(), asProducer+"="+strconv.Itoa(lines)), Stdout: to}
	begin := time.Now()
	if err := process.Run(context.Background(), child); err != nil {
		b.Fatal(err)
	}
	return time.Since(begin)
}
