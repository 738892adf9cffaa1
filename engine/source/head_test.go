package source

import (
	"context"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
)

func (w world) head(service, branch string) promotion.Source {
	w.t.Helper()
	s, err := Head(context.Background(), w.path(service), branch)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func TestHeadIsTheNewestCommitThatTouchesTheService(t *testing.T) {
	w := samples(t)
	first := w.git("rev-parse", "HEAD")
	w.write("services/stock/main.go", "package main // 2\n")
	second := w.commit("Stock")
	w.git("checkout", "-q", "-b", "feature")
	w.write("services/orders/main.go", "package main // 3\n")
	w.commit("Not merged yet")
	if s := w.head("services/orders", "main"); s.Commit != first || s.Subject != "The samples" || s.Author != "Ada <ada@example.org>" || s.Dirty != "" {
		t.Errorf("the head of orders is %+v, want %s", s, first)
	}
	if s := w.head("services/stock", "main"); s.Commit != second {
		t.Errorf("the head of stock is %+v, want %s", s, second)
	}
	w.git("checkout", "-q", "main")
	w.git("merge", "-q", "feature")
	if s := w.head("services/orders", "main"); s.Subject != "Not merged yet" {
		t.Errorf("after the merge the head of orders is %+v", s)
	}
}

func TestMasterStandsInForMain(t *testing.T) {
	w := repo(t, "master")
	w.write("orders/main.go", "package main\n")
	commit := w.commit("First")
	if s := w.head("orders", "main"); s.Commit != commit {
		t.Errorf("the head is %+v", s)
	}
	_, err := Head(context.Background(), w.path("orders"), "trunk")
	wantRefusal(t, err, `"trunk"`, "[pipeline] branch")
}

// clone clones as a CI does.
func (w world) clone(args ...string) world {
	w.t.Helper()
	c := noGit(w.t)
	c.git(append(append([]string{"clone", "-q"}, args...), "file://"+w.dir, ".")...)
	return c
}

func TestADetachedHeadIsFollowedWhereNoBranchIs(t *testing.T) {
	c := samples(t).clone()
	c.git("checkout", "-q", "--detach")
	c.git("branch", "-q", "-D", "main")
	commit := c.git("rev-parse", "HEAD")
	if s := c.head("services/orders", "main"); s.Commit != commit {
		t.Errorf("with origin/main the head is %+v", s)
	}
	c.git("remote", "remove", "origin")
	if s := c.head("services/orders", "main"); s.Commit != commit {
		t.Errorf("without any branch the head is %+v", s)
	}
	if s := c.inspect("services/orders", ""); s.Commit != commit || s.Dirty != "" {
		t.Errorf("the source is %+v", s)
	}
}

func TestAShallowCloneCanBeBuilt(t *testing.T) {
	w := samples(t)
	w.write("services/stock/main.go", "package main // 2\n")
	commit := w.commit("Stock")
	c := w.clone("--depth", "1")
	if s := c.head("services/orders", "main"); s.Commit != commit {
		t.Errorf("the head is %+v, want all that the clone knows of: %s", s, commit)
	}
	dir, _ := c.checkout(c.inspect("services/orders", commit))
	wantFile(t, dir+"/VERSION", "1.8.0\n")
}

func TestHeadOfWhatNobodyCommitted(t *testing.T) {
	w := repo(t, "main")
	w.write("orders/main.go", "package main\n")
	_, err := Head(context.Background(), w.path("orders"), "main")
	wantRefusal(t, err, "no commit yet")
	w.git("commit", "-q", "--allow-empty", "-m", "Empty")
	_, err = Head(context.Background(), w.path("orders"), "main")
	wantRefusal(t, err, "no commit of main touches", "commit it")
}

func TestACommitIncludesWhatCameBeforeIt(t *testing.T) {
	w := samples(t)
	first := w.git("rev-parse", "HEAD")
	w.write("shared/shared.go", "package shared // 2\n")
	second := w.commit("Shared")
	for _, c := range []struct {
		commit, other string
		want          bool
	}{{second, first, true}, {first, first, true}, {first, second, false}} {
		if got, err := Includes(context.Background(), w.path("services/orders"), c.commit, c.other); err != nil || got != c.want {
			t.Errorf("%.7s includes %.7s: %v (%v), want %v", c.commit, c.other, got, err, c.want)
		}
	}
	_, err := Includes(context.Background(), w.path("services/orders"), first, "0123456789012345678901234567890123456789")
	wantRefusal(t, err, "0123456789")
}
