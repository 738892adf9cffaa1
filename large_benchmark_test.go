package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hinshun/vt10x"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal/journaltest"
	"github.com/gantry-cd/gantry/engine/logs"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/source"
	"github.com/gantry-cd/gantry/tui/commandline"
)

// What a company with many services sees: so many of them in one repository, and so many promotions behind them.
const (
	manyServices   = 200
	manyPromotions = 10_000
)

// newCompany is a house with many services and a long past. With GANTRY_COMPANY=DIR it is made there, and found there
// the next time: to make it takes a minute.
func newCompany(b *testing.B) *house {
	b.Helper()
	h := emptyHouse(b)
	if dir := os.Getenv("GANTRY_COMPANY"); dir != "" {
		h.dir = filepath.Join(dir, "checkout")
		if _, err := os.Stat(h.dir); err == nil {
			return h
		}
	}
	h.write("config.toml", journaltest.Config(manyServices))
	h.write(".gitignore", ".gantry\n")
	for i := range manyServices {
		for _, name := range []string{"openapi.yaml", "VERSION"} {
			h.write(fmt.Sprintf("services/service-%03d/%s", i, name), "1.0.0\n")
		}
	}
	h.git("init", "-q", "-b", "main")
	h.commit("Everything")
	pipeline, err := config.Load(filepath.Join(h.dir, "config.toml"))
	if err != nil {
		b.Fatal(err)
	}
	journaltest.Fill(b, filepath.Join(h.dir, ".gantry"), pipeline, manyPromotions, func(s config.Service) promotion.Source {
		head, err := source.Head(b.Context(), s.Path, pipeline.Branch)
		if err != nil {
			b.Fatal(err)
		}
		head.Version = "1.0.0"
		return head
	})
	h.mustRun(commandline.Done, "runs", "service-000") // leaves a checkpoint
	return h
}

// quantile is what so many in a hundred took at most.
func quantile(took []time.Duration, in100 int) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[max(0, (len(sorted)*in100+99)/100-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkFirstFrame starts the console over a long past, in turn with the barest program of Bubble Tea.
func BenchmarkFirstFrame(b *testing.B) {
	h := newCompany(b)
	bare := filepath.Join(b.TempDir(), "bare")
	h.build(bare, "./tui/internal/bare")
	var ours, theirs []time.Duration
	start := func(program string, full func(string) bool) time.Duration {
		began := time.Now()
		c := onTerminal(b, h.dir, 160, 48, program)
		c.waitFor("first full frame", patience, full)
		took := c.came().Sub(began)
		c.settle(time.Second)
		c.press("q")
		if code := c.exitCode(); code != 0 {
			b.Fatalf("%s ended with %d", program, code)
		}
		return took
	}
	start(h.gantry, fullFrame) // and whatever the first one starts for the others
	for b.Loop() {
		theirs = append(theirs, start(bare, func(screen string) bool { return strings.Contains(screen, "q quit") }))
		ours = append(ours, start(h.gantry, fullFrame))
	}
	b.ReportMetric(milliseconds(quantile(ours, 50)), "first-frame-ms")
	b.ReportMetric(milliseconds(quantile(theirs, 50)), "bare-ms")
	b.ReportMetric(float64(quantile(ours, 50))/float64(quantile(theirs, 50)), "ours/bare")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLargeConsole presses keys on a console over a long past, and leaves it alone for a while.
func BenchmarkLargeConsole(b *testing.B) {
	h := newCompany(b)
	var keys []time.Duration
	var idle, cpu time.Duration
	written := 0
	for b.Loop() {
		c := h.console(160, 48)
		c.waitFor("first full frame", patience, fullFrame)
		c.settle(3 * time.Second)
		keys = append(keys, c.reactions(300)...)
		took, used, bytes := c.rest(30 * time.Second)
		idle, cpu, written = idle+took, cpu+used, written+bytes
		b.ReportMetric(c.memory(), "peak-MiB")
		c.press("q")
		c.exitCode()
	}
	h.mustRun(commandline.Done, "engine", "stop")
	reportKeys(b, keys, 12*time.Millisecond)
	b.ReportMetric(100*cpu.Seconds()/idle.Seconds(), "idle-cpu-%")
	b.ReportMetric(float64(written)/idle.Seconds(), "idle-B/s")
}

// stagesThat is a console on so many stages that run the same command at once.
func stagesThat(b *testing.B, stages int, run string) (*house, *terminal) {
	b.Helper()
	h := emptyHouse(b)
	text := strings.Replace(journaltest.Config(stages), "watch = true", fmt.Sprintf("watch = true\nparallel = %d", stages), 1)
	h.write("config.toml", strings.ReplaceAll(text, `run = "true"`, fmt.Sprintf("run = '%s'", run)))
	h.write(".gitignore", ".gantry\n")
	for i := range stages {
		for _, name := range []string{"openapi.yaml", "VERSION"} {
			h.write(fmt.Sprintf("services/service-%03d/%s", i, name), "1.0.0\n")
		}
	}
	h.git("init", "-q", "-b", "main")
	h.commit("Everything")
	c := h.console(160, 48)
	c.waitForText(fmt.Sprintf("%d running", stages), patience)
	return h, c
}

// BenchmarkKeysWhileLogsPour presses keys while eight stages log 100,000 lines a second in total, one of them in view.
func BenchmarkKeysWhileLogsPour(b *testing.B) {
	const stages = 8
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	h, c := stagesThat(b, stages, fmt.Sprintf("%s %s %d", self, pourCommand, 100_000/stages))
	var keys []time.Duration
	began, before := time.Now(), h.poured()
	for b.Loop() {
		keys = append(keys, c.reactions(300)...)
	}
	b.ReportMetric(float64(h.poured()-before)/time.Since(began).Seconds(), "lines/s")
	c.press("q")
	c.exitCode()
	h.mustRun(commandline.Done, "engine", "stop", "--now")
	reportKeys(b, keys, 14*time.Millisecond)
}

// BenchmarkRunningQuietly watches what a console writes while eight stages run that log nothing: clocks and a spinner.
func BenchmarkRunningQuietly(b *testing.B) {
	const limit = 20_000 // bytes a second
	h, c := stagesThat(b, 8, "exec sleep 3600")
	var took, used time.Duration
	written := 0
	for b.Loop() {
		began, cpu, wrote := time.Now(), c.cpu(), c.written()
		<-time.After(10 * time.Second)
		took, used, written = took+time.Since(began), used+c.cpu()-cpu, written+c.written()-wrote
	}
	c.press("q")
	c.exitCode()
	h.mustRun(commandline.Done, "engine", "stop", "--now")
	b.ReportMetric(float64(written)/took.Seconds(), "running-B/s")
	b.ReportMetric(float64(written)/took.Seconds()/limit, "running/limit")
	b.ReportMetric(100*used.Seconds()/took.Seconds(), "running-cpu-%")
	b.ReportMetric(0, "ns/op")
}

// poured is how many lines all logs have.
func (h *house) poured() int {
	files, _ := filepath.Glob(filepath.Join(h.dir, ".gantry", "runs", "*", "logs", "*", "*.log"))
	lines := 0
	for _, file := range files {
		if log, err := logs.Open(file); err == nil {
			lines += log.Len()
			log.Close()
		}
	}
	return lines
}

func reportKeys(b *testing.B, keys []time.Duration, limit time.Duration) {
	b.ReportMetric(milliseconds(quantile(keys, 50)), "key-p50-ms")
	b.ReportMetric(milliseconds(quantile(keys, 99)), "key-p99-ms")
	b.ReportMetric(float64(quantile(keys, 99))/float64(limit), "p99/limit")
	b.ReportMetric(0, "ns/op")
}

// reactions is how long the board takes to show that the cursor has moved from one column to the next, and back, so many
// times. What moves by itself is not in the part of the screen that is looked at.
func (c *terminal) reactions(n int) []time.Duration {
	c.t.Helper()
	var took []time.Duration
	for i := range n {
		before, changed := c.part(40, 2, 160, 20)
		began, missed := time.Now(), time.After(2*time.Second)
		c.press([]string{"\x1b[C", "\x1b[D"}[i%2])
		for now := before; slices.Equal(now, before); now, changed = c.part(40, 2, 160, 20) {
			select {
			case <-changed:
			case <-missed:
				c.t.Fatalf("a key was missed")
			}
		}
		took = append(took, time.Since(began))
		<-time.After(time.Duration(40+i%7*7) * time.Millisecond) // out of step with whatever draws regularly
	}
	return took
}

// part is what stands in a part of the screen, and a channel that tells of the next change anywhere.
func (c *terminal) part(x0, y0, x1, y1 int) ([]vt10x.Glyph, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cells := make([]vt10x.Glyph, 0, (x1-x0)*(y1-y0))
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			cells = append(cells, c.emulator.Cell(x, y))
		}
	}
	return cells, c.changed
}

// pourCommand makes the test's binary a program that logs so many lines a second, without end.
const pourCommand = "pour"

func pour(args []string) {
	rate, err := strconv.Atoi(args[0])
	if err != nil {
		panic(err)
	}
	out := bufio.NewWriter(os.Stdout)
	began, lines := time.Now(), 0
	for range time.Tick(5 * time.Millisecond) {
		for due := int(time.Since(began).Seconds() * float64(rate)); lines < due; lines++ {
			fmt.Fprintf(out, "%08d a line of a log as they are, with a hundred and twenty characters: digest verified, replica healthy, rollout done\n", lines)
		}
		if out.Flush() != nil {
			return
		}
	}
}
