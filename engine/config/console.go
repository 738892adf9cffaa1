package config

// Console is how the console calls a person who looks elsewhere, and when: occasions as of Notify.
type Console struct {
	Bell []string // the terminal's bell; by default when something failed or waits
	OSC9 []string // the terminal's own notices on the desktop, by the control sequence OSC 9; by default as Bell
}

func readConsole(top *table) Console {
	c := Console{Bell: []string{"failed", "waits"}, OSC9: []string{"failed", "waits"}}
	t := top.table("console")
	if t == nil {
		return c
	}
	if on := t.choices("bell", occasions); on != nil {
		c.Bell = on
	}
	if on := t.choices("osc9", occasions); on != nil {
		c.OSC9 = on
	}
	t.done()
	return c
}
