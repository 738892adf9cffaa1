package tui

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/tui/text"
)

// shellOrders are the commands of the command line that are not among the orders given: the console has no screen for them,
// and steps aside.
func (m *model) shellOrders(among []order) []order {
	var more []order
	for _, verb := range m.work.shell.Verbs() {
		if !slices.ContainsFunc(among, func(o order) bool { return o.name == verb.Name }) {
			more = append(more, order{name: verb.Name, help: inLine(verb.Help), aside: true, words: verb.Usage})
		}
	}
	return more
}

// inLine is a sentence as it stands beside others that are none: "check the configuration".
func inLine(sentence string) string {
	first, size := utf8.DecodeRuneInString(sentence)
	return strings.TrimSuffix(string(unicode.ToLower(first))+sentence[size:], ".")
}

// goesAside says whether a line is for the command line: the console has no screen for it, or it carries what only the
// command line takes, as "run orders --team blue" does.
func goesAside(o order, words []string) bool {
	return o.aside || slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, "--") })
}

// stepAside does a line as the command line does.
func (m *model) stepAside(line string) (tea.Cmd, error) {
	words, err := text.Words(line)
	if err != nil {
		return nil, err
	}
	return m.work.aside(words), nil
}
