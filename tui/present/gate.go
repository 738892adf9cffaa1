package present

import (
	"fmt"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// gateWords name a shut gate in a word or two, at the head of a column. A gate that is missing here has no special word.
var gateWords = map[promotion.Gate]string{
	promotion.GateApproval: "approval", promotion.GateFreeze: "frozen", promotion.GateSoak: "soaking", promotion.GateHold: "on hold",
	promotion.GateVeto: "vetoed", promotion.GateDependency: "dependency", promotion.GateQueue: "queued", promotion.GateLock: "occupied",
	promotion.GateExclusive: "e2e is taken", promotion.GateParallel: "all busy", promotion.GateStub: "needs a stub",
	promotion.GateBackoff: "backs off", promotion.GateExpiry: "stays",
}

// gateWaits begin the sentence on a shut gate where "waits" says too little.
var gateWaits = map[promotion.Gate]string{
	promotion.GateApproval: "waits for an approval: ", promotion.GateFreeze: "frozen: ", promotion.GateSoak: "soaks: ",
	promotion.GateHold: "hold: ", promotion.GateVeto: "veto: ", promotion.GateDependency: "waits for a dependency: ",
}

// gateMark is the mark of a shut gate, and how long it stays shut where that is known.
func gateMark(waiting promotion.Waiting, now time.Time) (Mark, string) {
	word := gateWords[waiting.Gate]
	if word == "" {
		return Mark{theme.Waiting, "waits", theme.Wait}, "waits"
	}
	status := word
	if waiting.Until != nil {
		status += " " + Countdown(now, *waiting.Until)
	}
	return Mark{theme.Shut, word, theme.Wait}, status
}

// alsoShut begins the message of a gate that is shut besides.
const alsoShut = "also: "

// gateMessages say which gate is shut and why; then until when, who can open it, and since when.
func gateMessages(waiting promotion.Waiting, now time.Time) []Message {
	mark, _ := gateMark(waiting, now)
	why := text.Clean(waiting.Reason)
	switch begin, known := gateWaits[waiting.Gate]; {
	case known:
		why = begin + why
	case !strings.HasPrefix(why, "paused"):
		why = "waits: " + why
	}
	messages := []Message{{mark, why}}
	var more []string
	if waiting.Until != nil {
		more = append(more, "until "+moment(*waiting.Until, now)+" ("+Countdown(now, *waiting.Until)+")")
	}
	if who := whoMay(waiting); who != "" {
		more = append(more, who)
	}
	if !waiting.Since.IsZero() && waiting.Since.Before(now) {
		more = append(more, "since "+moment(waiting.Since, now)+" ("+Clock(now.Sub(waiting.Since))+")")
	}
	if len(more) > 0 {
		messages = append(messages, Message{Mark{theme.None, "", theme.Muted}, strings.Join(more, "; ")})
	}
	if waiting.Also != "" {
		messages = append(messages, Message{Mark{theme.None, "", theme.Muted}, alsoShut + text.Clean(waiting.Also)})
	}
	return messages
}

// whoMay says who can open a gate; "" when its reason has said it.
func whoMay(waiting promotion.Waiting) string {
	who := text.Clean(waiting.Who)
	who, what, may := strings.Cut(who, ": ")
	switch {
	case may:
		return who + " may " + what
	case who == "" || who == "gantry" || strings.Contains(waiting.Reason, who):
		return ""
	}
	return "opened by " + who
}

// heldMessages say when a run on hold is rolled back, or ends where nothing is to be, and who can decide otherwise.
func heldMessages(run promotion.Run, now time.Time) []Message {
	held := *run.Held
	mark := Mark{theme.Held, "on hold", theme.Wait}
	first := "on hold until somebody acts"
	if held.Until != nil {
		then := "ends"
		if len(run.RollsBackNow()) > 0 {
			then = "rolls back"
		}
		first = "on hold: " + then + " in " + Countdown(now, *held.Until)
	}
	more := "since " + moment(held.Since, now) + said(", ", whoMay(held))
	if held.Until != nil {
		more += "; extend or stop the countdown"
	}
	return []Message{{mark, first}, {Mark{theme.None, "", theme.Muted}, more}}
}

// asks are the gates that an environment has by its configuration, for the column's head.
func asks(c promotion.ColumnState) []string {
	var gates []string
	if c.Column.Approval != nil && c.Approved == nil { // what was given is told by wordsOf
		gates = append(gates, "approval")
	}
	if c.Column.Soak > 0 {
		gates = append(gates, "soak "+Period(time.Duration(c.Column.Soak)))
	}
	return gates
}

// wordsOf are what people have said of the run's release in this column: approvals, and gates waved through.
func wordsOf(run promotion.Run, c promotion.ColumnState, now time.Time) []Message {
	var said []Message
	if given := c.Approved; given != nil && given.Digest == run.Release.Image {
		said = append(said, Message{Mark{theme.Succeeded, "approved", theme.Good}, "approved by " + text.Clean(given.By) + " at " + moment(given.At, now)})
	}
	for _, gate := range c.Overridden {
		said = append(said, Message{Mark{theme.Overridden, "overridden", theme.Wait}, string(gate) + " overridden"})
	}
	return said
}

// asideMessage lists what is put aside next to a slot, and never counts as live.
func asideMessage(a engine.Aside, now time.Time) Message {
	words := fmt.Sprintf("aside: %s by %s, run %d", text.Clean(a.Release.Name()), text.Clean(a.Actor), a.Run)
	if a.Waits != "" {
		return Message{Mark{theme.Held, "put aside", theme.Muted}, words + ": " + text.Clean(a.Waits)}
	}
	return Message{Mark{theme.Held, "put aside", theme.Muted}, words + ", " + Countdown(now, a.Expires) + " left" + said(", ", text.Clean(a.Endpoint))}
}

// slotMessages say what a person has decided about an environment, whatever run stands before it.
func slotMessages(slot engine.SlotInfo, image promotion.Digest, now time.Time) []Message {
	var said []Message
	if slot.Hold != nil {
		said = append(said, Message{Mark{theme.Shut, "on hold", theme.Bad},
			"on hold by " + text.Clean(slot.Hold.By) + " since " + moment(slot.Hold.At, now) + ": " + text.Clean(slot.Hold.Reason)})
	}
	for _, a := range slot.Aside {
		said = append(said, asideMessage(a, now))
	}
	for _, vetoed := range slot.Vetoed {
		if vetoed == image && image != "" {
			said = append(said, Message{Mark{theme.Shut, "vetoed", theme.Wait}, "vetoed: this release may not enter"})
		}
	}
	return said
}
