package plain

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func devOf(team, version string, asides ...engine.Aside) engine.Status {
	image := promotion.Digest("sha256:" + strings.Repeat("1", 64))
	return engine.Status{
		Slot:     promotion.Slot{Environment: "dev", Service: "orders", Team: team},
		Live:     &engine.Live{Image: image, Version: version, Healthy: true},
		Recorded: &promotion.Deployment{Release: promotion.Release{Version: version, Image: image}},
		Aside:    asides,
	}
}

func TestWhatIsAsideIsListedBelowWhatIsLiveAndNotAsLive(t *testing.T) {
	aside := engine.Aside{
		Run: 7, Slot: promotion.Slot{Environment: "dev", Service: "orders", Team: "checkout", Aside: 7}, Actor: "ada",
		Release: promotion.Release{Version: "1.1.0"}, Expires: time.Date(2026, 3, 2, 20, 0, 0, 0, time.Local),
		Endpoint: "http://127.0.0.1:4711", Live: &engine.Live{Healthy: true},
	}
	broken := aside
	broken.Run, broken.Live, broken.Waits = 8, nil, "dev/migrate failed: no such table"
	all := []engine.Status{devOf("checkout", "1.0.0", aside, broken)}
	var table, text strings.Builder
	if err := Status(&table, all, Plain); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(table.String()), "\n")
	if len(lines) != 4 {
		t.Fatalf("it says %s", table.String())
	}
	for _, words := range []string{"dev, aside", "1.1.0", "not live", "healthy", "http://127.0.0.1:4711", "put aside by ada, until 2026-03-02 20:00", "gantry remove 7"} {
		if !strings.Contains(lines[2], words) {
			t.Errorf("%q says nothing of %q", lines[2], words)
		}
	}
	if !strings.Contains(lines[3], "empty") || !strings.Contains(lines[3], "no such table") {
		t.Errorf("it says %q", lines[3])
	}
	if err := Status(&text, all, JSON); err != nil {
		t.Fatal(err)
	}
	var slots []struct {
		Environment string
		Release     struct{ Version string }
		Aside       []asideLine
	}
	if err := json.Unmarshal([]byte(text.String()), &slots); err != nil {
		t.Fatal(err)
	}
	if len(slots) != 1 || slots[0].Release.Version != "1.0.0" || len(slots[0].Aside) != 2 || slots[0].Aside[0].Run != 7 || slots[0].Aside[0].Endpoint != aside.Endpoint {
		t.Errorf("it says %s", text.String())
	}
}

func TestTheSlotsOfTwoTeamsAreToldApart(t *testing.T) {
	var table strings.Builder
	if err := Status(&table, []engine.Status{devOf("checkout", "1.0.0"), devOf("growth", "2.0.0")}, Plain); err != nil {
		t.Fatal(err)
	}
	if said := table.String(); !strings.Contains(said, "dev (checkout)") || !strings.Contains(said, "dev (growth)") {
		t.Errorf("it says %s", said)
	}
}
