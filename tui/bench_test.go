package tui

import (
	"fmt"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

// large is a run of four columns with thirty stages each, one of them running.
func large() *situation.Story {
	s := situation.New()
	plan := s.Plan("orders", "1.8.0", "Bulk discount")
	paces := map[promotion.StageID]promotion.Pace{}
	for i := range plan.Columns {
		plan.Columns[i].Stages = nil
		for n := range 30 {
			plan.Columns[i].Stages = append(plan.Columns[i].Stages, promotion.Stage{
				ID: promotion.StageID(fmt.Sprintf("%s/stage-%02d", plan.Columns[i].Name, n)), Kind: promotion.KindStub,
			})
			paces[plan.Columns[i].Stages[n].ID] = promotion.Pace{Expected: 7 * time.Second, Usual: 9 * time.Second}
		}
	}
	s.Base.Paces = promotion.NewPaces(map[string]map[promotion.StageID]promotion.Pace{"orders": paces})
	id := s.Begin(plan, "ada")
	s.Until(id, "qa/stage-10")
	s.Starts(id)
	return s
}

// steps gives the console one after the other snapshots that differ in one running stage: how many of its tests have run.
func steps(b testing.TB, c *console, s *situation.Story) func() {
	id := s.Snapshot().Runs[0].ID
	var worlds []*present.World
	for i := range 31 {
		s.Shows(id, promotion.Tests{Passed: i, Total: 31})
		worlds = append(worlds, present.NewWorld(s.Snapshot()))
	}
	n := 0
	return func() {
		n++
		c.m.world = worlds[n%len(worlds)]
	}
}

func BenchmarkFrameOf120StagesWhenTheSpinnerTurned(b *testing.B) {
	c := open(b, large(), 160, 48)
	b.ReportAllocs()
	for b.Loop() {
		c.m.spin++
		c.m.View()
	}
}

func BenchmarkFrameOf120StagesWhenOneCardChanged(b *testing.B) {
	s := large()
	c := open(b, s, 160, 48)
	next := steps(b, c, s)
	b.ReportAllocs()
	for b.Loop() {
		next()
		c.m.View()
	}
}

func BenchmarkFrameOf120StagesWhenNothingChanged(b *testing.B) {
	c := open(b, large(), 160, 48)
	b.ReportAllocs()
	for b.Loop() {
		c.m.View()
	}
}

// BenchmarkFrameSent is what a terminal gets of a whole frame, against what was painted.
func BenchmarkFrameSent(b *testing.B) {
	painted := []byte(open(b, large(), 160, 48).m.View())
	var pen theme.Pen
	var sent []byte
	b.SetBytes(int64(len(painted)))
	for b.Loop() {
		sent = pen.Draw(sent[:0], painted)
	}
	b.ReportMetric(float64(len(sent))/float64(len(painted)), "sent/painted")
}

// frameLimit is how long a frame may take to be drawn in time at 60 a second.
const frameLimit = 16 * time.Millisecond

// BenchmarkFleetOfTenThousandServices is the fleet with everything in it live: to move in it, to filter it, to sort it, and
// to take a new snapshot of it.
func BenchmarkFleetOfTenThousandServices(b *testing.B) {
	s := situation.New()
	c := open(b, s, 160, 48)
	snapshot := s.Snapshot()
	for i := range 10_000 {
		service := engine.ServiceInfo{Name: fmt.Sprintf("service-%05d", i), Team: fmt.Sprintf("team-%03d", i%300)}
		snapshot.Services = append(snapshot.Services, service)
		for _, e := range snapshot.Environments {
			slot := promotion.Slot{Environment: e.Name, Service: service.Name, Team: service.Team}
			live := &promotion.Deployment{Release: promotion.Release{Service: service.Name, Version: "1.8.0", Commit: "3f9c1e2a"}, Since: c.now.Add(-time.Duration(i*7919%10_000) * time.Minute)}
			snapshot.Slots = append(snapshot.Slots, engine.SlotInfo{Slot: slot, Live: live, LastGood: live})
		}
	}
	c.send(snapshotMsg{present.NewWorld(snapshot)})
	c.send(keyMsg("f"))
	n := 0
	for name, change := range map[string]func(){
		"sort":   func() { c.send(keyMsg("s")) },
		"scroll": func() { c.send(keyMsg([]string{"down", "pgdown", "G", "g"}[n%4])) },
		"filter": func() { c.m.fleet.Filter = []string{"service-07", "team-29", "", "9999"}[n%4] },
		"update": func() { c.send(snapshotMsg{present.NewWorld(snapshot)}) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n++
				c.now = c.now.Add(time.Second)
				change()
				c.m.View()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(frameLimit), "frame/limit")
		})
		c.m.fleet.Filter = ""
	}
}

// What a frame costs must not grow unnoticed. How long it takes is for the benchmark: a loaded machine would lie.
func TestAFrameInWhichOneCardChangedIsCheap(t *testing.T) {
	s := large()
	c := open(t, s, 160, 48)
	next := steps(t, c, s)
	for range 40 {
		next()
		c.m.View()
	}
	if n := testing.AllocsPerRun(200, func() { next(); c.m.View() }); n > 50 && !raceDetector {
		t.Errorf("a frame in which one card changed takes %.0f allocations, and 50 are the most", n)
	}
}
