package commandline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/config"
)

// ownWords are what a conversation has besides the commands of the command line.
var ownWords = []Verb{
	{Name: "where", Help: "how the run stands, and what is live"},
	{Name: "cause", Help: "what went wrong in it"},
	{Name: "log", Help: "the last lines of the stage where it stands"},
	{Name: "help", Usage: "[<word>]", Help: "every word, or all that one of them takes"},
	{Name: "quit", Help: "leave; what is under way goes on"},
}

// help says every word, or all that is to say of one.
func (c *conversation) help(about []string) {
	if len(about) > 0 && c.isCommand(about[0]) {
		c.do(append(slices.Clone(about), "--help"))
		return
	}
	words := slices.Concat(ownWords, c.verbs)
	if len(about) > 0 {
		words = slices.DeleteFunc(words, func(v Verb) bool { return v.Name != about[0] })
		if len(words) == 0 {
			c.say("%s", c.unknown(about[0]))
		}
	} else {
		c.say("A number, as 42, turns to that run; a service's name to its newest one. Words are about that run, or about what follows them:")
	}
	for _, verb := range words {
		c.say("%s: %s", strings.TrimSpace(verb.Name+" "+verb.Usage), verb.Help)
	}
}

func (c *conversation) isCommand(word string) bool {
	return slices.ContainsFunc(c.verbs, func(v Verb) bool { return v.Name == word })
}

// unknown says that there is no such word, and which one may have been meant.
func (c *conversation) unknown(word string) string {
	var known []string
	for _, verb := range slices.Concat(ownWords, c.verbs) {
		known = append(known, verb.Name)
	}
	return fmt.Sprintf("There is no word %q%s: help says which there are.", word, config.DidYouMean(word, known))
}

// endless tells whether a command goes on until it is interrupted. Nothing else could be said meanwhile, and the
// interruption would end the conversation as well.
func endless(words []string) bool {
	second := ""
	if len(words) > 1 {
		second = words[1]
	}
	switch words[0] {
	case "watch":
		return true
	case "engine":
		return second == "run"
	case "stub":
		return second == "serve"
	}
	return words[0] == "logs" && mentions(words, "--follow")
}
