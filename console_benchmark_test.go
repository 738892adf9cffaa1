package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/tui/commandline"
)

// BenchmarkConsole starts the console on a pseudo-terminal over a state with one finished run, and prints how long the
// first full frame takes, how soon a key shows, what the console takes of memory, and what it costs when it is idle.
func BenchmarkConsole(b *testing.B) {
	h := newHouse(b)
	h.mustRun(commandline.Done, "run", "inventory")
	h.mustRun(commandline.Done, "run", "orders")
	var first, key, idle, cpu time.Duration
	starts, keys, written := 0, 0, 0
	for b.Loop() {
		starts++
		began := time.Now()
		c := h.console(160, 48)
		c.waitFor("first full frame", patience, fullFrame)
		first += c.came().Sub(began)
		c.settle(time.Second)
		for range 50 {
			for _, press := range []string{"\x1b[D", "\x1b[C"} {
				keys++
				key += c.reaction(press)
				c.settle(50 * time.Millisecond) // a frame may come in parts
			}
		}
		took, used, bytes := c.rest(5 * time.Second)
		idle, cpu, written = idle+took, cpu+used, written+bytes
		b.ReportMetric(c.memory(), "peak-MiB")
		c.press("q")
		if code := c.exitCode(); code != 0 {
			b.Fatalf("the console ended with %d", code)
		}
	}
	b.ReportMetric(first.Seconds()*1000/float64(starts), "first-frame-ms")
	b.ReportMetric(key.Seconds()*1000/float64(keys), "key-ms")
	b.ReportMetric(100*cpu.Seconds()/idle.Seconds(), "idle-cpu-%")
	b.ReportMetric(float64(written)/idle.Seconds(), "idle-B/s")
	b.ReportMetric(0, "ns/op")
}

// fullFrame tells the whole board with its footer from a part of it.
func fullFrame(screen string) bool {
	return strings.Contains(screen, "Prod") && strings.Contains(screen, "live 1.") && strings.Contains(screen, "q quit")
}

// came is when the newest of what is on the screen had come from the program: what the emulator takes to draw it is not the
// program's.
func (c *terminal) came() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.newest
}

// settle waits until the screen has not changed for a while.
func (c *terminal) settle(quiet time.Duration) {
	for {
		_, changed := c.screen()
		select {
		case <-changed:
		case <-time.After(quiet):
			return
		}
	}
}

// reaction is how long the screen takes to show that a key was pressed.
func (c *terminal) reaction(keys string) time.Duration {
	_, changed := c.screen()
	began := time.Now()
	c.press(keys)
	select {
	case <-changed:
	case <-time.After(time.Second):
		screen, _ := c.screen()
		c.t.Fatalf("the key %q changed nothing:\n%s", keys, screen)
	}
	return time.Since(began)
}

// rest watches the console for a while: how long it was in fact, what it used of a core, and what it wrote.
func (c *terminal) rest(d time.Duration) (took, used time.Duration, written int) {
	c.settle(time.Second)
	began, before, wrote := time.Now(), c.cpu(), c.written()
	<-time.After(d)
	return time.Since(began), c.cpu() - before, c.written() - wrote
}

func (c *terminal) written() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw.Len()
}

// cpu is what all threads of the console have used so far. Only Linux tells; elsewhere it is nothing.
func (c *terminal) cpu() time.Duration {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", c.cmd.Process.Pid))
	var sum int64
	for _, thread := range threads {
		var ran int64
		if text, err := os.ReadFile(thread); err == nil {
			_, _ = fmt.Sscan(string(text), &ran)
		}
		sum += ran
	}
	return time.Duration(sum)
}

// memory is the most that the console has held at once, in MiB. Only Linux tells; elsewhere it is nothing.
func (c *terminal) memory() float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	_, peak, _ := strings.Cut(string(text), "VmHWM:")
	var kib float64
	_, _ = fmt.Sscan(peak, &kib)
	return kib / 1024
}
