package commandline

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/plain"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
)

// conversation is the console without a screen, for who hears it read aloud: a sentence for every change, and one word for
// every command. What is typed is a command of the command line, from which its run, service or stage may be left out.
type conversation struct {
	*app
	engine Engine
	typed  *typedLines
	on     promotion.RunID // the run that a word is about; 0: none has run yet
	verbs  []Verb
}

// converse talks until it is left, the input or the engine ends, or it is interrupted. What is under way goes on.
func (a *app) converse(e Engine) error {
	ctx, hushed := context.WithCancel(a.ctx)
	defer hushed()
	out := &wholeLines{w: a.out}
	inside, spoken := *a, &speaker{to: out}
	c := &conversation{app: &inside, engine: e, typed: readLines(a.in, spoken.pause, out.answered), verbs: Verbs()}
	c.in, c.out, c.errs, c.talks = c.typed, spoken, spoken, c.goesOn
	c.say("Gantry in sentences. Type help for the words, quit to leave.")
	c.turn(c.world().Opening("").Run)
	watched := make(chan error, 1)
	go func() { watched <- plain.Watch(ctx, e, out, plain.Plain) }()
	for {
		select {
		case line, more := <-c.typed.lines:
			if !more || c.take(line) {
				hushed()
				err := <-watched
				c.say("What is under way goes on.")
				return err
			}
			spoken.pause()
		case err := <-watched:
			if a.ctx.Err() == nil {
				return err
			}
			return exit(Interrupted)
		}
	}
}

// goesOn takes a run that a command has started, or has let go on: its changes are told without being followed. The command
// had a view of its own, and this one may be a moment behind.
func (c *conversation) goesOn(id promotion.RunID) {
	ctx, enough := context.WithCancel(c.ctx)
	defer enough()
	for s := range c.engine.Watch(ctx) {
		if slices.ContainsFunc(s.Runs, func(run promotion.Run) bool { return run.ID == id }) {
			break
		}
	}
	if id != c.on {
		c.on = id
		c.say("You are on run %d now.", id)
	}
}

func (c *conversation) say(format string, args ...any) { fmt.Fprintf(c.out, format+"\n", args...) }

// world is how everything stands now.
func (c *conversation) world() *present.World {
	ctx, enough := context.WithCancel(c.ctx)
	defer enough()
	return present.NewWorld(<-c.engine.Watch(ctx))
}

// take does what was typed, and tells whether that was to leave.
func (c *conversation) take(line string) (leaves bool) {
	words, err := text.Words(strings.TrimSpace(line))
	if err != nil {
		c.say("%v", err)
		return false
	}
	if len(words) > 1 && words[0] == "gantry" { // as messages have it
		words = words[1:]
	}
	if len(words) == 0 {
		words = []string{"where"}
	}
	if len(words) == 1 {
		if id, err := strconv.ParseInt(words[0], 10, 64); err == nil {
			c.turn(promotion.RunID(id))
			return false
		}
		if w := c.world(); w.Knows(words[0]) {
			c.turn(w.Newest(words[0]).Run)
			return false
		}
	}
	words[0] = strings.ToLower(words[0])
	switch words[0] {
	case "quit", "exit", "q":
		return true
	case "help", "?":
		c.help(words[1:])
	case "where":
		c.where()
	case "cause":
		c.cause()
	case "log":
		c.log()
	default:
		c.command(words)
	}
	return false
}

// turn makes a run the one that words are about.
func (c *conversation) turn(id promotion.RunID) {
	if id != 0 {
		if _, err := c.engine.Run(id); err != nil {
			c.say("%v", err)
			return
		}
	}
	c.on = id
	c.where()
}

// where says about which run words are, how it stands, and what is live where it goes.
func (c *conversation) where() {
	run, err := c.engine.Run(c.on)
	switch {
	case c.on == 0:
		c.say("No run has been started yet: run SERVICE starts one.")
		return
	case err != nil:
		c.say("%v", err)
		return
	}
	w := c.world().With(run)
	c.say("You are on run %d of %s, release %s: %s%s.", run.ID, text.Clean(run.Plan.Service), text.Clean(run.Release.Name()), present.RunMark(run).Word, standing(w, run))
	if why := present.Wait(run); why != "" {
		c.say("It %s.", why)
	}
	seen, _ := w.Inspect(run.ID, w.At(run.ID), w.Snapshot.At)
	for _, environment := range seen.Environments {
		said := slices.DeleteFunc([]string{environment.Live.Said(), aloud(environment.Text)}, func(part string) bool { return part == "" })
		c.say("%s: %s.", environment.Title, strings.Join(said, "; "))
	}
}

// aloud has a word for what is an arrow on the screen.
func aloud(s string) string { return strings.ReplaceAll(s, "→", "to") }

// standing is where a run that goes on stands, or why one ended as it did.
func standing(w *present.World, run promotion.Run) string {
	if stage := w.At(run.ID); !run.Done() && stage != "" {
		return " at " + string(stage)
	}
	if run.Reason != "" {
		return ", because " + text.Clean(run.Reason)
	}
	return ""
}

// cause says what went wrong where the run stands.
func (c *conversation) cause() {
	run, err := c.engine.Run(c.on)
	if err != nil {
		c.say("%v", err)
		return
	}
	w := c.world().With(run)
	i, found := w.Inspect(run.ID, w.At(run.ID), w.Snapshot.At)
	if !found || i.Cause == "" {
		c.say("Nothing has gone wrong in run %d.", run.ID)
		return
	}
	c.say("%s, in attempt %d.", i.Headline, i.Attempt)
	c.say("The cause: %s", i.Cause)
	if i.CauseLine > 0 {
		c.say("It is in line %d of the log, of step %s.", i.CauseLine, i.CauseStep)
	}
	for _, test := range i.Failing {
		c.say("%s failed, %s: %s", test.Name, test.Mark.Word, test.Message)
	}
	c.say("show says everything that is known of it.")
}

// lastLines is how many lines of a log are said.
const lastLines = 20

// log says the end of the log where the run stands.
func (c *conversation) log() {
	stage := c.world().At(c.on)
	log, err := c.engine.Log(c.on, stage, 0)
	if err != nil {
		c.say("%v", err)
		return
	}
	defer log.Close()
	from := max(0, log.Len()-lastLines)
	lines, err := log.Lines(from, lastLines)
	if err != nil {
		c.say("%v", err)
		return
	}
	c.say("The last %s of %s:", text.Many(len(lines), "line"), stage)
	for _, line := range lines {
		c.say("%s", text.Clean(line.Text))
	}
}

// ask asks for a line; nothing when there is none any more.
func (c *conversation) ask(question string) string {
	fmt.Fprint(c.out, question+" ")
	return strings.TrimSpace(c.answer())
}
