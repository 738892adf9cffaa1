package tui

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // what a frame says must not depend on where the test runs
	if situation := os.Getenv(asConsole); situation != "" {
		os.Exit(runConsole(situation))
	}
	os.Exit(m.Run())
}

// console is a model with an engine that tells a story, a clock that stands still, and commands that run at once.
type console struct {
	t      testing.TB
	m      *model
	engine *situation.Engine
	story  *situation.Story
	now    time.Time
	timers []tea.Msg // what the model asked to be told later
	quit   bool
	asleep bool              // Ctrl-Z
	saved  map[string]string // by name
	paged  string            // what a pager was given
	ran    []string          // what was run aside
}

// open opens the console, on the board.
func open(t testing.TB, s *situation.Story, w, h int, env ...string) *console {
	c := openAsItIs(t, s, w, h, env...)
	c.m.screen, c.m.resting = keys.Board, false
	return c
}

// openAsItIs opens the console on what it opens with: where a run has broken and waits for a person, on that.
func openAsItIs(t testing.TB, s *situation.Story, w, h int, env ...string) *console {
	c := &console{t: t, engine: situation.NewEngine(s), story: s, now: s.Now}
	later := func(_ time.Duration, msg tea.Msg) tea.Cmd {
		c.timers = append(c.timers, msg)
		return nil
	}
	o := Options{Engine: c.engine, Env: append([]string{"TERM=xterm-256color", "COLORTERM=truecolor"}, env...), Actor: "ada", Now: func() time.Time { return c.now }}.withDefaults()
	c.m = newModel(o, commands{ctx: context.Background(), engine: c.engine, actor: o.Actor, after: later, env: o.Env, exec: c.page, files: c, shell: wholeShell()})
	c.send(tea.WindowSizeMsg{Width: w, Height: h})
	c.refresh()
	return c
}

// openOn opens the console on the run that a situation is about.
func openOn(t testing.TB, s situation.Situation, w, h int, env ...string) *console {
	c := open(t, s.Story(), w, h, env...)
	if run, found := c.m.world.Run(s.Show); found {
		c.m.show(present.Entry{Service: run.Plan.Service, Run: run.ID})
		c.refresh()
	}
	return c
}

// send gives the model a message and runs every command that comes of it.
func (c *console) send(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
		return
	case tea.QuitMsg:
		c.quit = true
		return
	case tea.SuspendMsg:
		c.asleep = true
		return
	case tea.BatchMsg:
		for _, cmd := range msg {
			c.run(cmd)
		}
		return
	}
	_, cmd := c.m.Update(msg)
	c.run(cmd)
}

func (c *console) run(cmd tea.Cmd) {
	if cmd != nil {
		c.send(cmd())
	}
}

// refresh shows the story as it stands now.
func (c *console) refresh() { c.send(snapshotMsg{present.NewWorld(c.story.Snapshot())}) }

// tell moves the story on and shows it.
func (c *console) tell(change func(*situation.Story)) {
	c.engine.Tell(change)
	if c.story.Now.After(c.now) {
		c.now = c.story.Now
	}
	c.refresh()
}

// write keeps what is saved.
func (c *console) write(name string, overwrite bool, fill func(io.Writer) error) (string, error) {
	if _, exists := c.saved[name]; exists && !overwrite {
		return "", &existsError{name}
	}
	var content strings.Builder
	err := fill(&content)
	if c.saved == nil {
		c.saved = map[string]string{}
	}
	c.saved[name] = content.String()
	return "/home/ada/" + name, err
}

// page is a pager that is left at once.
func (c *console) page(p tea.ExecCommand, then tea.ExecCallback) tea.Cmd {
	return func() tea.Msg {
		var content strings.Builder
		program := p.(*aside)
		if program.feed == nil {
			c.ran = program.cmd.Args
			return then(nil)
		}
		err := program.feed(&content)
		c.paged = content.String()
		return then(err)
	}
}

var named = map[string]tea.KeyType{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
	"tab": tea.KeyTab, "shift+tab": tea.KeyShiftTab, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "ctrl+c": tea.KeyCtrlC,
	"ctrl+z": tea.KeyCtrlZ, "backspace": tea.KeyBackspace, "home": tea.KeyHome, "end": tea.KeyEnd,
}

func keyMsg(name string) tea.KeyMsg {
	if k, found := named[name]; found {
		return tea.KeyMsg{Type: k}
	}
	if name == " " || name == "space" {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

// press presses keys and runs the commands that the engine was sent, then shows what came of them.
func (c *console) press(keys ...string) {
	for _, k := range keys {
		c.now = c.now.Add(time.Second) // nobody types faster than a dialog that opens by itself can be seen
		c.send(keyMsg(k))
	}
	c.refresh()
}

// types types a text one letter at a time.
func (c *console) types(s string) {
	for _, r := range s {
		c.press(string(r))
	}
}

// screen is what is on the screen, without colours.
func (c *console) screen() string { return ansi.Strip(c.m.View()) }

func (c *console) sees(want ...string) {
	c.t.Helper()
	screen := c.screen()
	for _, s := range want {
		if !strings.Contains(screen, s) {
			c.t.Errorf("the screen does not say %q:\n%s", s, screen)
		}
	}
}

func (c *console) seesNot(unwanted ...string) {
	c.t.Helper()
	screen := c.screen()
	for _, s := range unwanted {
		if strings.Contains(screen, s) {
			c.t.Errorf("the screen says %q:\n%s", s, screen)
		}
	}
}

// asked is the verbs that the engine was sent.
func (c *console) asked() []promotion.Verb {
	var verbs []promotion.Verb
	for _, command := range c.engine.Commands() {
		verbs = append(verbs, command.Verb)
	}
	return verbs
}
