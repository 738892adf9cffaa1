package keys

// reading are the keys for logs.
func reading() Table {
	return Table{
		{Action: Zoom, Keys: []string{"z"}, Words: "zoom", Help: "the log on the whole screen, and back", Group: "Log", Where: OfRun, Footer: 12},
		{Action: Cause, Keys: []string{"enter"}, Words: "log", Help: "the log, at the line that explains a failure", Group: "Log", Where: Inspector, Footer: 2},
		{Action: Search, Keys: []string{"/"}, Words: "search", Help: "search the log; filter the fleet, the audit or the history", Group: "Log", Where: OfRun | FleetScreen | AuditScreen | HistoryScreen, Footer: 13},
		{Action: SearchNext, Keys: []string{"n"}, Words: "next match", Help: "while searching: the next match", Group: "Log", Where: Found, Footer: 1},
		{Action: SearchPrev, Keys: []string{"N"}, Words: "match before", Help: "while searching: the match before", Group: "Log", Where: Found, Footer: 2},
		{Action: PageUp, Keys: []string{"pgup", "ctrl+b"}, Shown: "PgUp", Words: "page up", Help: "a page back", Group: "Log", Where: Everywhere},
		{Action: PageDown, Keys: []string{"pgdown", "ctrl+f"}, Shown: "PgDn", Words: "page down", Help: "a page on", Group: "Log", Where: Everywhere},
		{Action: Top, Keys: []string{"g", "home"}, Words: "top", Help: "the first line", Group: "Log", Where: Everywhere &^ withTimeline},
		{Action: Top, Keys: []string{"home"}, Words: "top", Group: "Log", Where: withTimeline}, // said with the one before
		{Action: Bottom, Keys: []string{"G", "end"}, Words: "follow", Help: "the last line, and follow", Group: "Log", Where: Everywhere},
		{Action: Wrap, Keys: []string{"w"}, Words: "wrap", Help: "wrap long lines, or not", Group: "Log", Where: OfRun},
	}
}

// leaving are the keys for the console itself.
func leaving() Table {
	return Table{
		{Action: Palette, Keys: []string{":"}, Words: "commands", Help: "type any command, with what it is about", Group: "Console", Where: Everywhere, Footer: 13},
		{Action: Help, Keys: []string{"?"}, Words: "help", Help: "this page; type to search it", Group: "Console", Where: Everywhere, Footer: 14},
		{Action: Mouse, Keys: []string{"m"}, Words: "mouse", Help: "click stages and keys, turn the wheel; or leave the mouse to the terminal, which selects text with it", Group: "Console", Where: Everywhere},
		{Action: Back, Keys: []string{"esc"}, Words: "back", Help: "close what is open", Group: "Console", Where: Everywhere},
		{Action: Quit, Keys: []string{"q", "ctrl+c"}, Words: "quit", Help: "leave; asks when runs are under way", Group: "Console", Where: Everywhere, Footer: 15},
		{Action: Suspend, Keys: []string{"ctrl+z"}, Words: "suspend", Help: "back to the shell for a while", Group: "Console", Where: Everywhere, WhyNot: noShell},
	}
}
