package palette

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/gantry-cd/gantry/tui/theme"
)

func items(names ...string) []Item {
	var all []Item
	for _, name := range names {
		all = append(all, Item{Text: name, Goes: true})
	}
	return all
}

func offered(v *View) []string {
	var names []string
	for _, h := range v.found {
		names = append(names, h.item.Text)
	}
	return names
}

func TestWhatAnswersBestComesFirst(t *testing.T) {
	for _, c := range []struct {
		typed string
		among []string
		first string
	}{
		{"re", []string{"approve-retry", "retry", "rerun", "remove"}, "retry"},
		{"rb", []string{"abort-rollback", "rollback", "run"}, "rollback"},
		{"ar", []string{"approve-all", "abort-rollback"}, "abort-rollback"},
		{"run", []string{"rerun", "run-plan", "run"}, "run"},
		{"QA", []string{"prod", "qa"}, "qa"},
		{"orders", []string{"orders-api", "orders"}, "orders"},
	} {
		v := New(c.typed)
		v.Offer(Offer{Items: items(c.among...)})
		if got := offered(&v); len(got) == 0 || got[0] != c.first {
			t.Errorf("%q among %v gives %v, want %s first", c.typed, c.among, got, c.first)
		}
	}
}

func TestEveryMatchHoldsTheTypedLettersInTheirOrder(t *testing.T) {
	if _, _, found := Match("abb", "axb-bxx"); !found {
		t.Error("a word's beginning has cost a match")
	}
	rapid.Check(t, func(r *rapid.T) {
		typed := rapid.StringMatching(`[a-cA-C-]{0,4}`).Draw(r, "typed")
		s := rapid.StringMatching(`[a-c-]{0,12}`).Draw(r, "text")
		_, at, found := Match(typed, s)
		rest, holds := strings.ToLower(s), true
		for _, letter := range strings.ToLower(typed) {
			i := strings.IndexRune(rest, letter)
			if holds = holds && i >= 0; !holds {
				break
			}
			rest = rest[i+1:]
		}
		if found != holds {
			r.Fatalf("Match(%q, %q) found %v, want %v", typed, s, found, holds)
		}
		if !found {
			return
		}
		runes := []rune(s)
		var picked string
		for _, i := range at {
			picked += string(runes[i])
		}
		if !slices.IsSorted(at) || picked != strings.ToLower(typed) {
			r.Fatalf("Match(%q, %q) marks %v: %q", typed, s, at, picked)
		}
	})
}

func types(v *View, s string) {
	for _, r := range s {
		v.Key(string(r), string(r))
	}
}

func TestACommandThatNeedsNothingMoreIsDoneAtOnce(t *testing.T) {
	v := New("")
	types(&v, "pau")
	v.Offer(Offer{Items: items("pause", "step")})
	if v.Key("enter", "") != Run || v.Line()[0] != "pause" {
		t.Errorf("it holds %q", v.Line())
	}
}

func TestACommandThatWouldDoNothingIsWrittenDownForItsWords(t *testing.T) {
	v := New("pau")
	v.Offer(Offer{Items: []Item{{Text: "pause", Usage: "[RUN]", Goes: true, WhyNot: "run 42 has ended"}}})
	if v.Key("enter", "") != Open {
		t.Fatal("it was done")
	}
	if before, word := v.Words(); len(before) != 1 || word != "" {
		t.Errorf("it holds %q %q", before, word)
	}
}

func TestWithoutAWordAChoiceThatMayBeLeftOutIsNotTaken(t *testing.T) {
	v := New("pause ")
	v.Offer(Offer{Items: items("42", "43"), Maybe: true})
	if v.Key("enter", "") != Run || len(v.Line()) != 1 {
		t.Errorf("it took %q", v.Line())
	}
	v = New("pause ")
	v.Offer(Offer{Items: items("42", "43"), Maybe: true})
	v.Key("down", "")
	v.Key("down", "")
	if v.Key("enter", "") != Run || v.Line()[1] != "43" {
		t.Errorf("it took %q", v.Line())
	}
}

func TestTheChoiceStaysWhereItIsWhileTheWorldGoesOn(t *testing.T) {
	v := New("")
	v.Offer(Offer{Items: items("41", "42")})
	v.Key("down", "")
	v.Offer(Offer{Items: items("43", "41", "42")})
	v.Key("tab", "")
	if v.Line()[0] != "42" {
		t.Errorf("it took %q", v.Line())
	}
}

func TestTheLineIsEditedWithTheUsualKeys(t *testing.T) {
	v := New("")
	types(&v, "rollback ordres qa")
	for range 4 {
		v.Key("left", "")
	}
	v.Key("backspace", "")
	v.Key("home", "")
	v.Key("delete", "")
	types(&v, "R")
	v.Key("end", "")
	v.Key("ctrl+w", "")
	if got := string(v.typed); got != "Rollback ordrs " {
		t.Errorf("the line is %q", got)
	}
	v.Key("ctrl+u", "")
	if len(v.typed) != 0 || v.Key("backspace", "") != Closed {
		t.Error("an empty line is not left with backspace")
	}
}

func TestThePaletteFitsAnyScreen(t *testing.T) {
	th := theme.New(theme.Options{})
	rapid.Check(t, func(r *rapid.T) {
		v := New(rapid.StringOfN(rapid.RuneFrom([]rune("ab 東")), 0, 150, -1).Draw(r, "typed"))
		var all []Item
		for i := range rapid.IntRange(0, 60).Draw(r, "items") {
			all = append(all, Item{Text: strings.Repeat("ab", i%30), Usage: "RUN [ENV]", Note: strings.Repeat("note ", i), Key: "x"})
		}
		v.Offer(Offer{Items: all})
		w, h := rapid.IntRange(4, 200).Draw(r, "w"), rapid.IntRange(3, 60).Draw(r, "h")
		lines := v.Draw(th, "RUN [STAGE]", w, h)
		if len(lines) > h {
			r.Fatalf("%d lines in %d", len(lines), h)
		}
		for _, line := range lines {
			if got := ansi.StringWidth(line); got != min(w, wide) {
				r.Fatalf("a line of %d cells in %d: %q", got, w, ansi.Strip(line))
			}
		}
	})
}

func BenchmarkAnOfferOfTenThousandServices(b *testing.B) {
	var all []Item
	for i := range 10_000 {
		all = append(all, Item{Text: "service-" + strings.Repeat("x", i%7) + string(rune('a'+i%26))})
	}
	v := New("svcb")
	b.ReportAllocs()
	for b.Loop() {
		v.Offer(Offer{Items: all})
	}
}
