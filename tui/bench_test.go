package tui

import (
	"fmt"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// large is a run of four columns with thirty stages each, one of them running.
func large() *situation.Story {
	s := situation.New()
	plan := s.Plan("orders", "1.8.0", "Bulk discount")
	for i := range plan.Columns {
		plan.Columns[i].Stages = nil
		for n := range 30 {
			plan.Columns[i].Stages = append(plan.Columns[i].Stages, promotion.Stage{
				ID: promotion.StageID(fmt.Sprintf("%s/stage-%02d", plan.Columns[i].Name, n)), Kind: promotion.KindStub,
			})
		}
	}
	id := s.Begin(plan, "ada")
	s.Until(id, "qa/stage-10")
	s.Starts(id)
	return s
}

func BenchmarkFrameOf120StagesWhenOneCardChanged(b *testing.B) {
	c := open(b, large(), 160, 48)
	b.ReportAllocs()
	for b.Loop() {
		c.m.spin++
		c.m.View()
	}
}

func BenchmarkFrameOf120StagesWithANewSnapshot(b *testing.B) {
	c := open(b, large(), 160, 48)
	world := c.m.world
	b.ReportAllocs()
	for b.Loop() {
		next := *world
		c.m.world = &next
		c.m.spin++
		c.m.View()
	}
}

func BenchmarkFrameOfAFleetOfTenThousandServices(b *testing.B) {
	s := situation.New()
	for i := range 10_000 {
		s.Base.Services = append(s.Base.Services, engine.ServiceInfo{Name: fmt.Sprintf("service-%05d", i), Team: "many"})
	}
	c := open(b, s, 160, 48)
	c.press("f")
	b.ReportAllocs()
	for b.Loop() {
		c.now = c.now.Add(time.Second)
		c.send(keyMsg("down"))
		c.m.View()
	}
}
