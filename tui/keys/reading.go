package keys

// reading are the keys for logs.
func reading() Table {
	return Table{
		{Action: Zoom, Keys: []string{"z"}, Words: "zoom", Help: "the log on the whole screen, and back", Group: "Log", Where: OfLog, Footer: 12},
		{Action: Cause, Keys: []string{"enter"}, Words: "log", Help: "the log, at the line that explains a failure", Group: "Log", Where: Inspector, Footer: 2},
		{Action: Evidence, Keys: []string{"V"}, Words: "evidence", Help: "all that was captured before a rollback, as a log", Group: "Log", Where: Inspector, Footer: 12, WhyNot: noEvidence},
		{Action: Search, Keys: []string{"/"}, Words: "search", Help: "search the log; filter the fleet, the audit or the history", Group: "Log", Where: OfLog | FleetScreen | AuditScreen | HistoryScreen, Footer: 13, InLog: 2},
		{Action: SearchNext, Keys: []string{"n"}, Words: "next match", Help: "while searching: the next match", Group: "Log", Where: Found, Footer: 1, InLog: 1},
		{Action: SearchPrev, Keys: []string{"N"}, Words: "match before", Help: "while searching: the match before", Group: "Log", Where: Found, Footer: 2, InLog: 1},
		{Action: Filter, Keys: []string{"&"}, Words: "filter", Help: "show only the lines of the log that show a text, with some around them", Group: "Log", Where: OfLog, Footer: 14, InLog: 3},
		{Action: MoreContext, Keys: []string{">"}, Words: "more lines", Help: "while filtering: one more line around each match", Group: "Log", Where: Filtered, Footer: 1, InLog: 1},
		{Action: LessContext, Keys: []string{"<"}, Words: "fewer", Help: "while filtering: one line fewer around each match", Group: "Log", Where: Filtered, Footer: 1, InLog: 1},
		{Action: NextError, Keys: []string{"e"}, Words: "errors", Help: "the next line of the log that tells of an error", Group: "Log", Where: OfLog, Footer: 14, InLog: 4},
		{Action: PrevError, Keys: []string{"E"}, Words: "error before", Help: "the line before that tells of an error", Group: "Log", Where: OfLog},
		{Action: PageUp, Keys: []string{"pgup", "ctrl+b"}, Shown: "PgUp", Words: "page up", Help: "a page back", Group: "Log", Where: Everywhere},
		{Action: PageDown, Keys: []string{"pgdown", "ctrl+f"}, Shown: "PgDn", Words: "page down", Help: "a page on", Group: "Log", Where: Everywhere},
		{Action: Top, Keys: []string{"g", "home"}, Words: "top", Help: "the first line", Group: "Log", Where: Everywhere &^ withTimeline},
		{Action: Top, Keys: []string{"home"}, Words: "top", Group: "Log", Where: withTimeline}, // said with the one before
		{Action: Bottom, Keys: []string{"G", "end"}, Words: "follow", Help: "the last line, and follow", Group: "Log", Where: Everywhere},
		{Action: Wrap, Keys: []string{"w"}, Words: "wrap", Help: "wrap long lines, or not", Group: "Log", Where: OfLog, InLog: 7},
		{Action: Times, Keys: []string{"T"}, Words: "times", Help: "the time of each line: of day, to the millisecond, since the log began, none", Group: "Log", Where: OfLog, InLog: 8},
		{Action: Select, Keys: []string{"v"}, Words: "select", Help: "select lines of the log with ↑↓, to copy them", Group: "Log", Where: WholeLog, Footer: 14, InLog: 5},
		{Action: Copy, Keys: []string{"y"}, Words: "copy", Help: "copy the selected lines, or the marked one, to the terminal's clipboard", Group: "Log", Where: OfLog, Footer: 15, InLog: 6},
		{Action: CopyAll, Keys: []string{"Y"}, Words: "copy all", Help: "copy all of the log, as far as it is shown and a clipboard holds", Group: "Log", Where: OfLog},
		{Action: Pager, Keys: []string{"o"}, Words: "pager", Help: "read the log in $PAGER", Group: "Log", Where: OfLog, InLog: 10},
		{Action: Save, Keys: []string{"S"}, Words: "save", Help: "save the log to a file; asks for its name, and before it overwrites one", Group: "Log", Where: OfLog, InLog: 9},
	}
}

// leaving are the keys for the console itself.
func leaving() Table {
	return Table{
		{Action: Palette, Keys: []string{":"}, Words: "commands", Help: "type any command, with what it is about", Group: "Console", Where: Everywhere, Footer: 13},
		{Action: Help, Keys: []string{"?"}, Words: "help", Help: "this page; type to search it", Group: "Console", Where: Everywhere, Footer: 14},
		{Action: Mouse, Keys: []string{"m"}, Words: "mouse", Help: "click stages and keys, turn the wheel; or leave the mouse to the terminal, which selects text with it", Group: "Console", Where: Everywhere},
		{Action: Back, Keys: []string{"esc"}, Words: "back", Help: "close what is open", Group: "Console", Where: Everywhere},
		{Action: Quit, Keys: []string{"q", "ctrl+c"}, Words: "quit", Help: "leave; what is under way goes on", Group: "Console", Where: Everywhere, Footer: 15},
		{Action: Suspend, Keys: []string{"ctrl+z"}, Words: "suspend", Help: "back to the shell for a while", Group: "Console", Where: Everywhere, WhyNot: noShell},
	}
}
