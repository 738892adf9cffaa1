package stubs_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/stubs"
)

func TestAServiceThatAnswersOtherwiseRefusesTheBundle(t *testing.T) {
	for _, c := range []struct {
		situation string
		change    func(s *inventory)
		said      string
	}{
		{"another value", func(s *inventory) { s.stock["BOLT-1"] = 4 }, "/stock: stub 5, service 4"},
		{"another type", func(s *inventory) { s.stock["BOLT-1"] = "five" }, `/stock: stub 5, service "five"`},
		{"a field more", func(s *inventory) { s.note = "new" }, `/note: service has "new", missing in stub`},
		{"another status", func(s *inventory) { delete(s.stock, "BOLT-1") }, "stub answers 200, service 404"},
		{"an outage", func(s *inventory) { s.broken = true }, "stub answers 200, service 503"},
	} {
		t.Run(c.situation, func(t *testing.T) {
			s, target := startInventory(t)
			bundle := generate(t, target, func(url string) { send(t, "GET", url+"/items/BOLT-1", "") })
			s.set(func() { c.change(s) })
			err := stubs.Verify(context.Background(), &bundle, target)
			var refusal *stubs.Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(refusal.Detail(), c.said) || !strings.Contains(refusal.Detail(), "GET /items/BOLT-1 → 200 (mappings/get-items-bolt-1-") {
				t.Errorf("said %s", refusal.Detail())
			}
			if bundle.Manifest.Verification != nil {
				t.Error("the bundle says that it is verified")
			}
		})
	}
}

func TestAVerifiedBundleSaysHowMuchWasReplayed(t *testing.T) {
	_, target := startInventory(t)
	bundle := generate(t, target, func(url string) {
		send(t, "GET", url+"/items/BOLT-1", "")
		send(t, "POST", url+"/reservations", `{}`)
	})
	if err := stubs.Verify(context.Background(), &bundle, target); err != nil {
		t.Fatal(err)
	}
	// The contract's example nut is the second that was replayed.
	if v := bundle.Manifest.Verification; v == nil || v.Replayed != 2 || v.Skipped != 1 {
		t.Errorf("%+v", v)
	}
}

func TestAServiceThatIsNotThereIsAnErrorAndNoVerdict(t *testing.T) {
	_, target := startInventory(t)
	bundle := generate(t, target, func(url string) { send(t, "GET", url+"/items", "") })
	err := stubs.Verify(context.Background(), &bundle, "http://127.0.0.1:1")
	var refusal *stubs.Refusal
	if err == nil || errors.As(err, &refusal) {
		t.Errorf("got %v", err)
	}
}
