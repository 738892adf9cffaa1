package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/palette"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/replay"
	"github.com/gantry-cd/gantry/tui/theme"
)

// typing is the palette over the screen.
type typing struct {
	palette.View
	offered offered
	usage   string
}

// offered is what the last offer was made of; it is made again when that has changed.
type offered struct {
	world *present.World
	line  string
	at    int64
}

// openPalette opens the palette with a text typed already.
func (m *model) openPalette(text string) {
	p := &typing{View: palette.New(text)}
	p.offer(m)
	m.lay(p)
}

func (p *typing) key(m *model, k tea.KeyMsg, name string) tea.Cmd {
	p.offer(m) // for what is on the screen now
	answer := p.Key(name, typed(k))
	if answer == palette.Closed {
		m.lift(p)
		return nil
	}
	if answer == palette.Run && !m.haste.meant() {
		return m.tooFast()
	}
	var cmd tea.Cmd
	if answer == palette.Run {
		cmd = p.run(m)
	}
	p.offer(m)
	return cmd
}

func (p *typing) draw(m *model, lines []string) []string {
	p.offer(m)
	return frame.Overlay(m.theme, lines, p.Draw(m.theme, p.usage, m.w-2, m.h-2), m.w)
}

// run does what was typed, or says what is wrong with it and lets it be mended.
func (p *typing) run(m *model) tea.Cmd {
	words := p.Line()
	o, found := m.order(words[0])
	if !found {
		p.Say(fmt.Sprintf("there is no command %q", words[0]))
		return nil
	}
	if goesAside(o, words) {
		cmd, err := m.stepAside(p.Text())
		if err != nil {
			p.Say(err.Error())
			return nil
		}
		m.lift(p)
		return cmd
	}
	t, why := m.target(o, words[1:])
	switch {
	case why != "":
		p.More()
		p.Say(why)
		return nil
	case t.far != 0 && !o.fetches:
		m.lift(p)
		return tea.Batch(m.say(theme.Muted, fmt.Sprintf("Looking for run %d…", t.far)), m.work.visit(t.far, func() tea.Cmd {
			m.notice = notice{}
			m.lay(p)
			return p.run(m)
		}))
	}
	if why := m.notNow(o, t); why != "" {
		p.More()
		p.Say("Not now: " + why)
		return nil
	}
	m.lift(p)
	return o.do(m, t)
}

func (m *model) order(name string) (order, bool) {
	all := m.orders()
	i := slices.IndexFunc(all, func(o order) bool { return o.name == name })
	if i < 0 {
		return order{}, false
	}
	return all[i], true
}

// offer sets what may be typed next.
func (p *typing) offer(m *model) {
	before, word := p.Words()
	now := offered{m.world, strings.Join(append(slices.Clone(before), word), " "), m.now.Unix()}
	if now == p.offered {
		return
	}
	p.offered, p.usage = now, ""
	if len(before) == 0 {
		p.Offer(palette.Offer{Items: m.commandItems()})
		return
	}
	o, found := m.order(before[0])
	if !found {
		p.Offer(palette.Offer{Asks: fmt.Sprintf("there is no command %q", before[0])})
		return
	}
	p.usage = o.usage()
	if goesAside(o, append(before, word)) {
		p.Offer(palette.Offer{Maybe: true, Asks: "enter does it in this terminal; the console comes back afterwards"})
		return
	}
	p.Offer(m.placeOffer(o, before[1:]))
}

// commandItems are the commands, those that would do nothing with why.
func (m *model) commandItems() []palette.Item {
	all := m.orders()
	items := make([]palette.Item, 0, len(all))
	for _, o := range all {
		item := palette.Item{Text: o.name, Usage: o.usage(), Note: o.help, Goes: o.needs == 0 && !strings.Contains(o.words, "<")}
		if b := m.keys.Of(o.action); o.action != "" {
			if item.Note == "" {
				item.Note = b.Help
			}
			if b.Where&m.mode() != 0 {
				item.Key = b.Key()
			}
		}
		if o.aside {
			items = append(items, item)
			continue
		}
		if t, why := m.target(o, nil); why == "" {
			item.WhyNot = m.notNow(o, t)
		}
		items = append(items, item)
	}
	return items
}

// drillWays are the ways in which a stage is made to go wrong.
var drillWays = []present.Choice{
	{Text: promotion.DrillFail, Note: "a negative verdict"}, {Text: promotion.DrillError, Note: "no verdict"}, {Text: promotion.DrillHang, Note: "no end before its deadline"},
	{Text: promotion.DrillCrash, Note: "the engine dies"}, {Text: promotion.DrillLost, Note: "its environment cannot be reached"},
	{Text: promotion.DrillCorrupt, Note: "of a push or a copy: what arrives is not what was sent"}, {Text: promotion.DrillRefuse, Note: "of a push or a copy: the registry is down"},
	{Text: promotion.DrillSlow, Note: "it takes longer, and then ends as it does"},
}

// wanted is what is wanted in a place, for the line above the choices.
var wanted = map[place]string{
	aRun: "which run", aService: "which service", anEnvironment: "which environment", aStage: "which stage", someDays: "how many days back", aSpeed: "how many times as fast as it went",
	aCommit: "any git revision", aRelease: "which release", aWay: "how it goes wrong", aDuration: "how much longer", someText: "a text",
}

// placeOffer is what may stand in an order's next place. Where a choice would do nothing it says why.
func (m *model) placeOffer(o order, before []string) palette.Offer {
	if len(before) >= len(o.takes) {
		return palette.Offer{Maybe: true, Asks: "enter does it"}
	}
	p := o.takes[len(before)]
	t, why := m.target(order{takes: o.takes}, before)
	if why != "" {
		return palette.Offer{Maybe: true, Asks: why}
	}
	offer := palette.Offer{Maybe: len(before) >= o.needs, Asks: wanted[p]}
	if offer.Maybe && p != someText {
		offer.Asks += "; without one, " + m.meant(o, t, p)
	}
	choices := m.choices(p, t)
	for _, c := range choices {
		item := palette.Item{Text: c.Text, Note: c.Note}
		if p != aService && !o.looks { // a fleet of services is too long to be asked one by one
			if chosen, wrong := m.target(o, append(slices.Clone(before), c.Text)); wrong == "" && chosen.far == 0 {
				item.WhyNot = m.notNow(o, chosen)
			}
		}
		offer.Items = append(offer.Items, item)
	}
	return offer
}

// meant is what an order is about when a place is left out.
func (m *model) meant(o order, t target, p place) string {
	switch {
	case p == aRun && t.entry.Run != 0:
		return fmt.Sprintf("run %d", t.entry.Run)
	case p == aService:
		return present.Name(t.entry.Service)
	case p == anEnvironment && o.action == keys.Run:
		return "you are asked how far"
	case p == anEnvironment && t.column != "":
		return t.column
	case p == aStage && t.stage != "":
		return string(t.stage)
	case p == someDays:
		return "30"
	case p == aCommit:
		return "the working tree as it is"
	case p == aRelease:
		return "the last good one"
	case p == aDuration:
		return "10 minutes, or what is put aside another hour"
	case p == aWay:
		return promotion.DrillFail
	case p == aSpeed:
		return "as fast as suits its length"
	}
	return "you are asked"
}

// choices are what may stand in a place.
func (m *model) choices(p place, t target) []present.Choice {
	switch p {
	case aRun:
		return m.world.Runs(m.entry.Run, "", m.now)
	case aService:
		return m.world.Services(m.entry.Service, m.now)
	case anEnvironment:
		return m.world.EnvironmentChoices(t.entry.Service, m.now)
	case aStage:
		return m.world.StageChoices(m.runOf(t.entry), m.now)
	case aRelease:
		return m.world.ReleaseChoices(t.entry.Service, m.now)
	case aWay:
		return drillWays
	case aDuration:
		return []present.Choice{{Text: "10m"}, {Text: "30m"}, {Text: "1h"}, {Text: "4h"}}
	case aSpeed:
		var speeds []present.Choice
		for speed := 1; speed <= replay.Fastest; speed *= 2 {
			speeds = append(speeds, present.Choice{Text: fmt.Sprint(speed), Note: "times as fast"})
		}
		return speeds
	case someDays:
		var days []present.Choice
		for _, w := range windows {
			days = append(days, present.Choice{Text: fmt.Sprint(int(w / day)), Note: "days"})
		}
		return days
	}
	return nil
}
