package config_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/freeze"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func TestAPlanCarriesTheGatesOfItsEnvironments(t *testing.T) {
	text := edited(t, "publish_stub = true\n", "publish_stub = true\nsoak = \"1h\"\nexclusive_e2e = true\ndependencies = \"tested\"\n", "protected = true", "protected = true\ndependencies = \"any\"")
	plan := planned(t, parsed(t, text), "orders", config.PlanOptions{})
	dev, qa, prod := plan.Columns[1], plan.Columns[2], plan.Columns[3]
	if dev.Soak != 0 || qa.Soak != promotion.Duration(time.Hour) || dev.ExclusiveE2E || !qa.ExclusiveE2E {
		t.Errorf("dev is %+v, qa is %+v", dev, qa)
	}
	if dev.Dependencies != "live" || !slices.Equal(dev.DependsOn, []promotion.Slot{{Environment: "dev", Service: "inventory", Team: "warehouse"}}) {
		t.Errorf("dev asks %q of %v", dev.Dependencies, dev.DependsOn)
	}
	if qa.Dependencies != "tested" || !slices.Equal(qa.DependsOn, []promotion.Slot{{Environment: "qa", Service: "inventory"}}) {
		t.Errorf("qa asks %q of %v", qa.Dependencies, qa.DependsOn)
	}
	if prod.Dependencies != "any" || prod.DependsOn != nil {
		t.Errorf("prod asks %q of %v", prod.Dependencies, prod.DependsOn)
	}
	if first := planned(t, parsed(t, text), "inventory", config.PlanOptions{}).Columns[1]; first.DependsOn != nil {
		t.Errorf("what depends on nothing asks for %v", first.DependsOn)
	}
}

const weekends = `
[[freeze]]
name = "weekend"
environments = ["prod"]
reason = "nobody is in"
start = 2026-01-02T18:00:00
zone = "Europe/Berlin"
rule = "FREQ=WEEKLY;BYDAY=FR"
length = "62h"

[[freeze]]
name = "fair"
reason = "the fair"
start = 2026-05-04T08:00:00+02:00
length = "10h"
`

func TestAFreezeIsReadWithItsZoneAndItsRule(t *testing.T) {
	p := parsed(t, whole+weekends)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	summer := time.Date(2026, 7, 3, 18, 0, 0, 0, berlin)
	if shut, frozen := freeze.At(p.Freezes, "prod", summer); !frozen || shut.Name != "weekend" || shut.Reason != "nobody is in" || !shut.Until.Equal(summer.Add(62*time.Hour)) {
		t.Errorf("it is %t: %+v", frozen, shut)
	}
	if _, frozen := freeze.At(p.Freezes, "qa", summer); frozen {
		t.Error("qa is frozen too")
	}
	if shut, frozen := freeze.At(p.Freezes, "qa", time.Date(2026, 5, 4, 6, 0, 0, 0, time.UTC)); !frozen || shut.Name != "fair" {
		t.Errorf("it is %t: %+v", frozen, shut)
	}
}

func TestWhoIsToldOfWhatIsRead(t *testing.T) {
	p := parsed(t, whole+`
[pipeline.reprovision]
expires = "30m"

[[notify]]
name = "chat"
on = ["failed", "waits"]
webhook = "env:CHAT_WEBHOOK"
secret = "file:chat.secret"
timeout = "3s"

[[notify]]
name = "bell"
command = "beep"
`)
	want := []config.Notify{
		{Name: "chat", On: []string{"failed", "waits"}, Webhook: "env:CHAT_WEBHOOK", Secret: "file:chat.secret", Timeout: 3 * time.Second},
		{Name: "bell", Command: "beep", Timeout: 10 * time.Second},
	}
	for i := range p.Notify {
		p.Notify[i].Line = 0
	}
	if !slices.EqualFunc(p.Notify, want, func(a, b config.Notify) bool {
		return slices.Equal(a.On, b.On) && a.Name == b.Name && a.Webhook == b.Webhook && a.Secret == b.Secret && a.Command == b.Command && a.Timeout == b.Timeout
	}) {
		t.Errorf("told are %+v", p.Notify)
	}
	if p.Expires != 30*time.Minute {
		t.Errorf("a reprovision stays for %s", p.Expires)
	}
}
