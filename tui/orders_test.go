package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/keys"
)

// command types a line into the palette and sends it.
func (c *console) command(line string) {
	c.press(":")
	c.types(line)
	c.press("enter")
}

func TestAFewLettersAreACommand(t *testing.T) {
	c := open(t, situation.QARunning(), 120, 40)
	c.press(":")
	c.sees("Commands", "dry-run", "[SERVICE] [ENV]", "start a run of this service")
	c.types("pau")
	c.press("enter")
	if got := c.asked(); len(got) != 1 || got[0] != promotion.VerbPause {
		t.Errorf("the engine was asked for %v", got)
	}
	c.seesNot("Commands")
}

func TestACommandMayNameAnotherRun(t *testing.T) {
	c := open(t, situation.Waits(), 120, 40)
	other := promotion.RunID(43)
	if c.m.entry.Run == 43 {
		other = 42
	}
	c.press(":")
	c.types("pause ")
	c.sees("which run", "orders 1.8.0", "orders 1.9.0", "running at qa/e2e")
	c.types(strings.TrimSpace(map[promotion.RunID]string{42: "42", 43: "43"}[other]))
	c.press("enter")
	if got := c.engine.Commands(); len(got) != 1 || got[0].Run != other || c.m.entry.Run != other {
		t.Errorf("the engine was asked for %+v, the board shows run %d", got, c.m.entry.Run)
	}
}

func TestWhatMakesNoSenseNowSaysWhyInThePalette(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.press(":")
	c.types("resu")
	c.sees("resume", "not now: run 42 of orders is not paused")
	c.press("enter")
	c.sees("which run", "not now: run 42 of orders is not paused", "run 31 has ended: succeeded")
	c.types("42")
	c.press("enter")
	c.sees("Not now: run 42 of orders is not paused", "Commands")
	if got := c.asked(); len(got) != 0 {
		t.Errorf("the engine was asked for %v", got)
	}
}

func TestACommandAsksBeforeItChangesAnything(t *testing.T) {
	c := open(t, situation.Everything(), 160, 48)
	c.command("rollback billing qa")
	c.sees("billing", "[ Cancel ]")
	if c.engine.Previewed.Service != "billing" || c.engine.Previewed.Environment != "qa" {
		t.Errorf("the preview is of %+v", c.engine.Previewed)
	}
	c.press("esc")
	c.command("hold inventory prod")
	c.sees("Hold Prod for inventory?", "[ Cancel ]", "Why")
	c.press("esc")
	c.command("run inventory qa")
	c.sees("Run inventory?", "until qa")
	c.press("esc")
	c.command("drill orders qa/e2e hang")
	c.sees("Rehearse a failure of orders?", "qa/e2e is made to hang", "[ Cancel ]")
	c.press("esc")
	c.command("rollback orders qa d7fb941")
	if c.engine.Previewed.To != "d7fb941" {
		t.Errorf("the preview is of %+v", c.engine.Previewed)
	}
	c.press("esc")
	c.command("run inventory qa v1.2")
	c.sees("Run inventory?", "A checkout of v1.2 is built")
	if c.engine.Started.Service != "" {
		t.Errorf("%+v was started unasked", c.engine.Started)
	}
	c.press("tab", "enter")
	if got := c.engine.Started; got.Commit != "v1.2" || got.Service != "inventory" || got.Until != "qa" {
		t.Errorf("the engine was asked for %+v", got)
	}
}

func TestMoreTimeMayBeTyped(t *testing.T) {
	c := open(t, situation.OnHold(), 160, 48)
	until := *c.story.Run(42).Held.Until
	c.command("extend 42 90m")
	if got := c.engine.Commands(); len(got) != 1 || !got[0].Until.Equal(until.Add(90*time.Minute)) {
		t.Errorf("the engine was asked for %+v", got)
	}
	c.command("extend 42 soon")
	c.sees(`"soon" is no time`)
}

func TestArgumentsAreCompletedWithWhatThereIs(t *testing.T) {
	c := open(t, situation.Everything(), 160, 48)
	c.press(":")
	c.types("hold inv")
	c.sees("inventory", "team stock", "succeeded")
	c.press("tab")
	c.sees(": hold inventory ", "which environment", "2.3.1", "is live", "protected")
	c.types("prod")
	c.press("enter")
	c.sees("Hold Prod for inventory?")
}

func TestALineThatIsWrongCanBeMended(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	for line, said := range map[string]string{
		"frobnicate": `there is no command "frobnicate"`, "hold nobody qa": `there is no service "nobody"`, "hold orders moon": `there is no environment "moon"`,
		"show seven": `"seven" is no number of a run`, "logs 42 qa/nothing": `run 42 has no stage "qa/nothing"`, "pause 42 43": `"43" is too much: pause [RUN]`,
	} {
		c.command(line)
		c.sees(said, line)
		c.press("esc")
	}
	if got := c.asked(); len(got) != 0 {
		t.Errorf("the engine was asked for %v", got)
	}
}

func TestARunThatNoSnapshotHoldsIsFetched(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	old := c.story.Run(31)
	world := *c.m.world
	world.Snapshot.Runs = nil
	c.engine.Forget(31)
	c.refresh()
	c.seesNot("orders 31")
	c.command("show 31")
	c.sees("run 31", "succeeded", "Round half up")
	c.refresh()
	if c.m.entry.Run != 31 || old.ID != 31 {
		t.Errorf("the board shows run %d", c.m.entry.Run)
	}
	c.sees("run 31", "Round half up")
	c.command("show 4711")
	c.sees("there is no run 4711")
}

func TestLooksGoWhereTheySay(t *testing.T) {
	c := open(t, situation.Everything(), 160, 48)
	for line, screen := range map[string]keys.Screen{
		"logs 44 qa/e2e": keys.Log, "status bill": keys.FleetScreen, "audit ada": keys.AuditScreen, "numbers 90": keys.NumbersScreen, "show 31": keys.Board,
	} {
		c.command(line)
		if c.m.screen != screen || c.m.top() != nil {
			t.Errorf("%s shows screen %s:\n%s", line, c.m.screen.On(), c.screen())
		}
	}
	c.command("numbers 90")
	c.sees("the last 90 days")
	c.command("audit ada")
	c.sees("Audit", "/ada")
	c.command("help veto")
	c.sees("Keys", "/ veto", "keep the run's release out")
	c.seesNot("wrap long lines")
}

func TestEveryActionOfTheTableIsACommandSomewhere(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	offered := map[keys.Action]bool{keys.Up: true, keys.Down: true, keys.Left: true, keys.Right: true, keys.Palette: true}
	for _, screen := range []keys.Screen{keys.Board, keys.Inspector, keys.Log, keys.FleetScreen, keys.DryRunScreen, keys.AuditScreen, keys.NumbersScreen,
		keys.HistoryScreen, keys.ReplayScreen, keys.ReplayLog, keys.CompareScreen, keys.TimelineScreen} {
		c.m.screen = screen
		seen := map[string]bool{}
		for _, o := range c.m.orders() {
			if seen[o.name] {
				t.Errorf("%s is offered twice %s", o.name, screen.On())
			}
			seen[o.name], offered[o.action] = true, true
		}
	}
	c.m.screen = keys.Log
	c.m.log.Find("checkout")
	c.m.log.Filter("checkout")
	for _, o := range c.m.orders() {
		offered[o.action] = true
	}
	for _, b := range keys.Default() {
		if !offered[b.Action] {
			t.Errorf("%s cannot be typed", b.Action)
		}
	}
}

func TestHelpIsSearchedAndSaysWhatDoesNothingNow(t *testing.T) {
	c := open(t, situation.QARunning(), 120, 40)
	c.press("?")
	c.sees("Keys", "type to search", "not now: qa/e2e is running")
	c.types("roll back")
	c.sees("/ roll back", "roll an environment back")
	c.seesNot("wrap long lines")
	c.press("esc")
	c.sees("type to search")
	c.types("qqqq")
	c.sees(`no key has to do with "qqqq"`)
	c.press("esc", "esc")
	c.seesNot("Keys ")
}

func TestKeysThatComeAtOnceAreAllTaken(t *testing.T) {
	c := open(t, situation.QARunning(), 120, 40)
	at := c.m.cursor
	c.press("kkj")
	if up := c.m.cursor; up == at {
		t.Error("two up and one down have moved nothing")
	}
	c.press(":pau")
	c.sees(": pau")
	c.press("esc", "rr")
	c.sees("Run orders?")
	if c.engine.Started.Service != "" {
		t.Error("a question was answered before it could be read")
	}
}

func TestAPastedTextIsTypedAndPressesNothing(t *testing.T) {
	c := open(t, situation.QARunning(), 120, 40)
	c.press(":")
	paste := keyMsg("pause\n\n")
	paste.Paste = true
	c.now = c.now.Add(time.Second)
	c.send(paste)
	c.sees(": pause", "Commands")
	if got := c.asked(); len(got) != 0 {
		t.Errorf("a paste asked for %v", got)
	}
}

func TestTheTimesOfAnOverrideGoOnWhileSomebodyTypes(t *testing.T) {
	c := open(t, situation.Soaks(), 120, 40)
	c.press("O")
	c.sees("Override the soak gate of prod?", "(46m57s)")
	c.types("pro")
	c.sees("(46m54s)", "Type prod to go on: pro")
	c.now = c.now.Add(10 * time.Minute)
	c.send(tickMsg{c.m.ticks})
	c.sees("(36m54s)", "Type prod to go on: pro")
}

func TestAnOverrideThatIsNotWaitedForAnyMoreOpensNothingElse(t *testing.T) {
	c := open(t, situation.Frozen(), 120, 40)
	c.press("O")
	c.types("prod")
	c.press("tab")
	c.types("INC-7")
	c.tell(func(s *situation.Story) {
		s.Rules(promotion.VerbHold, "prod", "bo", "the payment provider is down", "")
		s.Knocks(42, nil)
	})
	c.sees("Run 42 does not wait for the freeze gate of prod any more")
	c.press("tab", "enter")
	if len(c.asked()) != 0 {
		t.Errorf("the engine was asked for %v", c.asked())
	}
}
