package tui

import (
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/theme"
)

// key gives a key to whoever is asked first: an inspector that still rests, what lies over the screen, and only then the
// screen.
func (m *model) key(k tea.KeyMsg) tea.Cmd {
	if k.Type == tea.KeyRunes && len(k.Runes) > 1 && !k.Paste && !k.Alt {
		return m.several(k)
	}
	name, last := k.String(), m.lastKey
	m.keyBefore, m.lastKey = last, m.now
	m.haste.press(name, m.now)
	if name == "ctrl+z" {
		return m.suspend()
	}
	if m.resting {
		m.lastKey = last
		if m.wake(); m.resting && name != "ctrl+c" {
			m.lastKey = m.now
			return m.work.after(quietBefore, quietMsg{})
		}
		m.lastKey = m.now
	}
	switch {
	case m.world == nil:
		return m.keyBeforeAnything(name)
	case m.top() != nil:
		return m.top().key(m, k, name)
	case k.Paste:
		return nil // a text that was pasted presses no keys
	}
	binding, found := m.find(name)
	if !found {
		return nil
	}
	return m.do(binding)
}

// do does what a binding is for, or says why not.
func (m *model) do(binding keys.Binding) tea.Cmd {
	if why := binding.Disabled(m.facts()); why != "" {
		return m.say(theme.Wait, "Not now: "+why)
	}
	return m.act(binding.Action)
}

// several are keys that came in one: a slow line holds them up, and none of them is to be missed.
func (m *model) several(k tea.KeyMsg) tea.Cmd {
	cmds := make([]tea.Cmd, 0, len(k.Runes))
	for _, r := range k.Runes {
		cmds = append(cmds, m.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}))
	}
	return tea.Batch(cmds...)
}

// tooFast says that a key was left alone that would have started or ended something.
func (m *model) tooFast() tea.Cmd {
	return m.say(theme.Wait, "That came faster than anybody types, and did nothing: press it again")
}

func (m *model) suspend() tea.Cmd {
	if !m.haste.meant() {
		return nil
	}
	if why := m.keys.Of(keys.Suspend).Disabled(m.facts()); why != "" {
		return m.say(theme.Wait, "Not now: "+why)
	}
	return tea.Suspend
}

// find is the binding of a key: while the log is searched, the keys for that come before those of the screen.
func (m *model) find(key string) (keys.Binding, bool) {
	for _, mode := range []keys.Screen{keys.Found, keys.Filtered} {
		if b, found := m.keys.Find(m.mode()&mode, key); found {
			return b, true
		}
	}
	return m.keys.Find(m.screen, key)
}

// mode is the screen, and whether its log is being searched or filtered.
func (m *model) mode() keys.Screen {
	mode := m.screen
	if m.screen&keys.OfLog != 0 && m.log.Searching() != "" {
		mode |= keys.Found
	}
	if m.screen&keys.OfLog != 0 && m.log.Filtering() != "" {
		mode |= keys.Filtered
	}
	return mode
}

// keyBeforeAnything is a key before the engine has said anything: only leaving makes sense.
func (m *model) keyBeforeAnything(name string) tea.Cmd {
	if b, found := m.keys.Find(m.screen, name); found && b.Action == keys.Quit && m.haste.meant() {
		return tea.Quit
	}
	return nil
}

// prompt is a line being typed at the foot of the screen.
type prompt struct {
	input textinput.Model
	sign  string // what stands before what is typed
	does  string // what enter does, in a word
	done  func(string) tea.Cmd
}

// longest is how much may be typed into a prompt.
const longest = 200

// prompts asks what to search for.
func (m *model) prompts(done func(string)) {
	m.prompted(&prompt{sign: "/", does: "search", done: quietly(done)}, "")
}

// prompted opens a prompt with a text typed already.
func (m *model) prompted(p *prompt, text string) {
	p.input = textinput.New()
	p.input.CharLimit = longest
	p.input.KeyMap.DeleteWordForward.Unbind() // it panics where nothing but spaces follows
	p.input.SetValue(text)
	p.input.Focus()
	m.lay(p)
}

// quietly does something that nothing comes of but another screen.
func quietly(do func(string)) func(string) tea.Cmd {
	return func(s string) tea.Cmd {
		do(s)
		return nil
	}
}

func (p *prompt) key(m *model, k tea.KeyMsg, name string) tea.Cmd {
	switch name {
	case "esc", "ctrl+c":
		m.lift(p)
	case "enter":
		m.lift(p)
		return p.done(p.input.Value())
	case "ctrl+v": // the clipboard is the terminal's affair: what it pastes arrives as text
	default:
		p.input, _ = p.input.Update(k) // its commands only blink a cursor that the footer draws itself
	}
	return nil
}

// draw leaves the screen as it is: the footer shows what is typed.
func (p *prompt) draw(_ *model, lines []string) []string { return lines }

// say shows a sentence in the footer for a while.
func (m *model) say(role theme.Role, s string) tea.Cmd {
	m.notices++
	m.notice = notice{text: s, role: role}
	return m.work.after(noticeFor, noticeOver{m.notices})
}
