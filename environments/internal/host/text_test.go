package host

import "testing"

func TestAQuotedLineHasNoColours(t *testing.T) {
	if got, want := quoted("fatal: \x1b[31mno such table\x1b[0m \x1b]0;owned\x07\n"), `: "fatal: no such table"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := quoted("\x1b[2J"); got != "" {
		t.Errorf("a line of nothing but control sequences is %q", got)
	}
}
