package commandline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
)

// wantReason are the verbs that the core refuses without one, and wantYes those that one word must not do by mistake. A
// rollback and an approval show first what they are about, and ask by themselves.
var (
	wantReason = []string{"reject", "override", "hold", "veto"}
	wantYes    = []string{"run", "rerun", "abort", "reprovision"}
)

// command does what was typed as the command line does, with what was left out.
func (c *conversation) command(words []string) {
	switch {
	case mentions(words, "--help"), mentions(words, "-h"):
		c.do(words)
		return
	case endless(words):
		c.say("%s goes on until it is interrupted, and nothing could be said meanwhile. Start it in a terminal of its own: gantry %s", words[0], strings.Join(words, " "))
		return
	}
	full, wrong := c.filled(words)
	if wrong != "" {
		c.say("%s", wrong)
		return
	}
	if slices.Contains(wantReason, full[0]) && !mentions(full, "--reason") {
		why := c.ask(strings.Join(full, " ") + ": why?")
		if why == "" {
			c.say("nothing was changed")
			return
		}
		full = append(full, "--reason="+why)
	}
	asks := slices.Contains(wantYes, full[0]) && !mentions(full, "--dry-run") && !mentions(full, "--rollback")
	asks = asks && (full[0] != "abort" || !c.ended(full[1:])) // to abort what has ended is refused in any case
	if asks && c.ask(strings.Join(full, " ")+"? Type yes:") != "yes" {
		c.say("nothing was changed")
		return
	}
	c.do(append([]string{"--config=" + c.files.Config, "--state=" + c.files.State}, full...))
}

// ended tells whether the run that is named first has ended.
func (c *conversation) ended(named []string) bool {
	if len(named) == 0 {
		return false
	}
	id, err := strconv.ParseInt(named[0], 10, 64)
	if err != nil {
		return false
	}
	run, err := c.engine.Run(promotion.RunID(id))
	return err == nil && run.Done()
}

func mentions(words []string, flag string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return word == flag || strings.HasPrefix(word, flag+"=") })
}

// filled puts in what a verb needs and nobody said: the run that words are about, its service, its release, and the stage
// where it stands. An environment is never guessed.
func (c *conversation) filled(words []string) (full []string, wrong string) {
	verb := slices.IndexFunc(c.verbs, func(v Verb) bool { return v.Name == words[0] })
	if verb < 0 {
		return nil, c.unknown(words[0])
	}
	run, err := c.engine.Run(c.on)
	if c.on != 0 && err != nil {
		return nil, err.Error()
	}
	w, full, rest := c.world().With(run), words[:1:1], words[1:]
	for place := range strings.FieldsSeq(c.verbs[verb].Usage) {
		kind := strings.Trim(place, "[]<>")
		said := len(rest) > 0 && !strings.HasPrefix(rest[0], "-") && fits(w, kind, rest[0])
		switch {
		case said:
			full, rest = append(full, rest[0]), rest[1:]
		case !strings.HasPrefix(place, "["):
			left, wrong := leftOut(w, run, kind)
			if wrong != "" {
				return nil, wrong
			}
			full = append(full, left)
		}
	}
	return append(full, rest...), ""
}

// fits tells whether a word can be what a verb wants in a place.
func fits(w *present.World, kind, word string) bool {
	environment := slices.ContainsFunc(w.Snapshot.Environments, func(e engine.EnvironmentInfo) bool { return e.Name == word })
	stage := strings.Contains(word, "/") || word == "evidence"
	switch kind {
	case "run":
		_, err := strconv.ParseInt(word, 10, 64)
		return err == nil
	case "service":
		return w.Knows(word)
	case "env":
		return environment
	case "stage":
		return stage
	case "stage|env":
		return stage || environment
	case "release":
		return !environment
	}
	return true
}

// leftOut is what a verb means where nothing was said.
func leftOut(w *present.World, run promotion.Run, kind string) (word, wrong string) {
	switch {
	case kind == "env":
		return "", "In which environment? Add its name, as in: rollback qa."
	case run.ID == 0:
		return "", "No run has been started yet: run SERVICE starts one."
	case kind == "run":
		return strconv.FormatInt(int64(run.ID), 10), ""
	case kind == "service":
		return run.Plan.Service, ""
	case kind == "release":
		return string(run.Release.Image), ""
	case kind == "stage|env" && w.Broken(run.ID) == "":
		return w.At(run.ID).Column(), ""
	case kind == "stage", kind == "stage|env":
		return string(w.At(run.ID)), ""
	}
	return "", fmt.Sprintf("It needs a %s.", kind)
}
