package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// guard stands around the model: a panic anywhere in the console ends it with the terminal as it was, and with a
// report.
type guard struct {
	model *model
	known []tea.Msg // what the model is told before anything is drawn
	quit  func()
	pulse pulse
	shown string // the newest frame
	mu    sync.Mutex
	value any
	stack []byte
}

// Init begins the model with what is known.
func (g *guard) Init() tea.Cmd {
	defer g.catch()
	begin := []tea.Cmd{g.model.Init()}
	for _, msg := range g.known {
		_, cmd := g.model.Update(msg)
		begin = append(begin, cmd)
	}
	return g.safe(tea.Batch(begin...))
}

// Update takes one message.
func (g *guard) Update(msg tea.Msg) (next tea.Model, cmd tea.Cmd) {
	next = g
	defer g.catch()
	_, cmd = g.model.Update(msg)
	return g, g.safe(cmd)
}

// View draws the screen.
func (g *guard) View() (s string) {
	defer g.catch()
	s = g.model.View()
	if s != g.shown { // what is on the screen already need not be drawn
		g.shown = s
		g.pulse.beat()
	}
	return s
}

// safe is a command whose panics are caught, as are those of the commands that it gives.
func (g *guard) safe(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer g.catch()
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = g.safe(batch[i])
			}
		}
		return msg
	}
}

// catch is to be deferred. It remembers the first panic and ends the program.
func (g *guard) catch() {
	value := recover()
	if value == nil {
		return
	}
	g.mu.Lock()
	first := g.value == nil
	if first {
		g.value, g.stack = value, debug.Stack()
	}
	g.mu.Unlock()
	if first && g.quit != nil {
		go g.quit() // Quit waits for the very loop that this may run in
	}
}

func (g *guard) broke() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.value != nil
}

// report writes down what broke and gives an error that names the file.
func (g *guard) report(dir string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	name := filepath.Join(dir, "gantry-panic-"+time.Now().UTC().Format("20060102-150405")+".txt")
	text := fmt.Sprintf("The console of gantry broke.\n\n%v\n\n%s", g.value, g.stack)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		return fmt.Errorf("the console broke: %v; writing the report failed too: %w\n%s", g.value, err, g.stack)
	}
	return fmt.Errorf("the console broke: %v; the runs are not affected; %s says where: please attach it to an issue", g.value, name)
}
