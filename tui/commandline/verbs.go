package commandline

import (
	"strings"

	"github.com/alecthomas/kong"
)

// Verb is one command, as --help has it.
type Verb struct {
	Name  string
	Usage string // what it takes, flags aside: "<run> [<stage>]"
	Help  string
}

// Verbs are all commands, in the order of --help.
func Verbs() []Verb {
	parser, err := newParser(&commands{})
	if err != nil {
		return nil // Main says so
	}
	var verbs []Verb
	for _, node := range parser.Model.Children {
		if !node.Hidden {
			usage := strings.TrimSuffix(strings.TrimPrefix(node.Summary(), node.Name), "[flags]")
			verbs = append(verbs, Verb{Name: node.Name, Usage: strings.TrimSpace(usage), Help: node.Help})
		}
	}
	return verbs
}

func newParser(c *commands, options ...kong.Option) (*kong.Kong, error) {
	return kong.New(c, append(options, kong.Name("gantry"), kong.Description(description), kong.Vars{"configuration": configuration, "version": program()})...)
}
