package source

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestWhatLiesBetweenTwoCommitsIsToldAsFarAsItConcernsTheService(t *testing.T) {
	w := samples(t)
	first := w.git("rev-parse", "HEAD")
	for i := range 4 {
		w.write("services/orders/main.go", fmt.Sprintf("package main // %d\n", i))
		w.commit(fmt.Sprintf("Orders %d", i))
	}
	w.write("services/stock/main.go", "package main // more\n")
	w.commit("Stock alone")
	w.write("go.mod", "module sample\n\ngo 1.26\n")
	last := w.commit("A newer Go")

	p, err := Between(context.Background(), w.path("services/orders"), first, last, 3)
	if err != nil {
		t.Fatal(err)
	}
	var subjects []string
	for _, c := range p.Commits {
		subjects = append(subjects, c.Subject)
	}
	if !slices.Equal(subjects, []string{"A newer Go", "Orders 3", "Orders 2"}) || p.More != 2 || p.Lost != 0 || !slices.Equal(p.Files, []string{"go.mod", "services/orders/main.go"}) {
		t.Errorf("%v and %d more, %d lost, in %v", subjects, p.More, p.Lost, p.Files)
	}
	if c := p.Commits[0]; c.Author != "Ada <ada@example.org>" || c.Committed.IsZero() || c.Commit != last {
		t.Errorf("a commit is told as %+v", c)
	}
	back, err := Between(context.Background(), w.path("services/orders"), last, first, 3)
	if err != nil || len(back.Commits) != 0 || back.Lost != 5 {
		t.Errorf("back there are %+v (%v)", back, err)
	}
	if _, err := Between(context.Background(), w.path("services/orders"), strings.Repeat("0", 40), last, 3); err == nil || !strings.Contains(err.Error(), "commit 0000000 is not in") {
		t.Errorf("of a commit that is not there it says %v", err)
	}

	text, err := File(context.Background(), w.path("services/orders"), first, "go.mod")
	if err != nil || string(text) != "module sample\n" {
		t.Errorf("go.mod was %q (%v)", text, err)
	}
	if text, err := File(context.Background(), w.path("services/orders"), first, "nowhere"); text != nil || err != nil {
		t.Errorf("a file that was not there is %q (%v)", text, err)
	}
}
