package source

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestACleanTreeIsItsCommit(t *testing.T) {
	w := samples(t)
	s := w.inspect("services/orders", "")
	if s.Commit != w.git("rev-parse", "HEAD") || s.Subject != "The samples" || s.Author != "Ada <ada@example.org>" || s.Version != "1.8.0" || s.Dirty != "" || s.Path != w.path("services/orders") {
		t.Errorf("the source is %+v", s)
	}
	if at := fmt.Sprint(s.Committed.Unix()); at != w.git("log", "-1", "--format=%ct") {
		t.Errorf("it was committed at %s", at)
	}
}

func TestWhatMakesATreeDirty(t *testing.T) {
	for _, c := range []struct {
		situation string
		change    func(world)
		dirty     bool
	}{
		{"an edit", func(w world) { w.write("services/orders/main.go", "package main // edited\n") }, true},
		{"an edit that is staged", func(w world) { w.write("services/orders/main.go", "package main // edited\n"); w.git("add", "-A") }, true},
		{"a new file", func(w world) { w.write("services/orders/new/new.go", "package new\n") }, true},
		{"a deleted file", func(w world) { _ = os.Remove(w.path("services/orders/main.go")) }, true},
		{"an executable bit", func(w world) { _ = os.Chmod(w.path("services/orders/main.go"), 0o755) }, true},
		{"go.mod at the top", func(w world) { w.write("go.mod", "module other\n") }, true},
		{"go.sum at the top, new", func(w world) { w.write("go.sum", "sum\n") }, true},
		{"an ignored file", func(w world) { w.write("services/orders/trace.log", "…\n") }, false},
		{"another service", func(w world) { w.write("services/stock/main.go", "package main // edited\n") }, false},
		{"Gantry's own state", func(w world) { w.write("services/orders/.gantry/journal.db", "…\n") }, false},
	} {
		t.Run(c.situation, func(t *testing.T) {
			w := samples(t)
			c.change(w)
			s := w.inspect("services/orders", "")
			if s.Commit == "" || (s.Dirty != "") != c.dirty {
				t.Errorf("the source is %+v, want dirty %v", s, c.dirty)
			}
		})
	}
}

func TestADirtyTreeIsNamedAfterItsContent(t *testing.T) {
	w := samples(t)
	w.write("services/orders/main.go", "package main // one\n")
	one := w.inspect("services/orders", "").Dirty
	w.write("services/orders/main.go", "package main // two\n")
	if two := w.inspect("services/orders", "").Dirty; two == one {
		t.Error("two contents have one name")
	}
	w.write("services/orders/main.go", "package main // one\n")
	if again := w.inspect("services/orders", "").Dirty; again != one {
		t.Errorf("the same content is called %s and %s", one, again)
	}
}

func TestACommitIsWhatItWasWhateverTheTreeLooksLike(t *testing.T) {
	w := samples(t)
	first := w.git("rev-parse", "HEAD")
	w.write("services/orders/VERSION", "1.9.0\n")
	w.commit("Version 1.9.0")
	w.write("services/orders/VERSION", "2.0.0\n")
	for rev, version := range map[string]string{first: "1.8.0", first[:7]: "1.8.0", "HEAD": "1.9.0", "main~1": "1.8.0"} {
		if s := w.inspect("services/orders", rev); s.Version != version || s.Dirty != "" {
			t.Errorf("%s is %+v, want version %s", rev, s, version)
		}
	}
	if s := w.inspect("services/orders", ""); s.Version != "2.0.0" || s.Dirty == "" {
		t.Errorf("the tree is %+v", s)
	}
}

func TestAVersionFileOfAnotherName(t *testing.T) {
	w := samples(t)
	w.write("services/orders/release/version.txt", "3.1.4\n")
	w.commit("Another version file")
	s, err := Inspect(context.Background(), w.path("services/orders"), "", VersionFile("release/version.txt"))
	if err != nil || s.Version != "3.1.4" {
		t.Errorf("the source is %+v (%v)", s, err)
	}
	if s := w.inspect("services/stock", ""); s.Version != "0.0.0" {
		t.Errorf("a service without a version is called %s", s.Version)
	}
	w.write("services/orders/VERSION", "not a version at all\n")
	_, err = Inspect(context.Background(), w.path("services/orders"), "")
	wantRefusal(t, err, "VERSION", "not a version at all")
}

func TestRevisionsThatCannotBeBuilt(t *testing.T) {
	w := samples(t)
	w.write("services/fresh/main.go", "package main\n")
	inspect := func(service, rev string) error {
		_, err := Inspect(context.Background(), w.path(service), rev)
		return err
	}
	wantRefusal(t, inspect("services/orders", "v9.9.9"), `"v9.9.9"`, "fetch it")
	wantRefusal(t, inspect("services/orders", "--all"), "no revision")
	wantRefusal(t, inspect("services/fresh", "HEAD"), "services/fresh", "commit it first")
	wantRefusal(t, inspect("services/none", ""), "services/none")
	wantRefusal(t, inspect("go.mod", ""), "no directory")
}

func TestARepositoryWithoutACommitIsItsContent(t *testing.T) {
	w := repo(t, "main")
	w.write("orders/VERSION", "0.1.0\n")
	s := w.inspect("orders", "")
	if s.Commit != "" || s.Dirty == "" || s.Version != "0.1.0" {
		t.Errorf("the source is %+v", s)
	}
	_, err := Inspect(context.Background(), w.path("orders"), "HEAD")
	wantRefusal(t, err, "no commit")
}

func TestADirectoryOutsideOfAnyRepositoryIsItsContent(t *testing.T) {
	repo(t, "main") // only for git itself
	w := noGit(t)
	w.write("orders/VERSION", "1.0.0\n")
	s := w.inspect("orders", "")
	if s.Commit != "" || len(s.Dirty) != 64 || s.Version != "1.0.0" {
		t.Errorf("the source is %+v", s)
	}
	w.write("orders/main.go", "package main\n")
	if w.inspect("orders", "").Dirty == s.Dirty {
		t.Error("a new file changes nothing")
	}
	_, err := Inspect(context.Background(), w.path("orders"), "v1.0.0")
	wantRefusal(t, err, "v1.0.0", "no git checkout")
}

func TestWithoutGitACheckoutIsADirectoryLikeAnyOther(t *testing.T) {
	w := samples(t)
	commit := w.git("rev-parse", "HEAD")
	t.Setenv("PATH", t.TempDir())
	s := w.inspect("services/orders", "")
	if s.Commit != "" || s.Dirty == "" {
		t.Errorf("the source is %+v", s)
	}
	_, err := Inspect(context.Background(), w.path("services/orders"), commit)
	wantRefusal(t, err, "git is not on PATH")
	dir, _ := w.checkout(s)
	wantFile(t, dir+"/../../go.mod", "module sample\n")
	wantNothing(t, dir+"/../../.git")
	head, err := Head(context.Background(), w.path("services/orders"), "main")
	if err != nil || head.Commit != "" || head.Dirty != s.Dirty {
		t.Errorf("the head is %+v (%v)", head, err)
	}
}

func TestGitVariablesOfAHookDoNotLeadAstray(t *testing.T) {
	w, other := samples(t), samples(t)
	want := w.git("rev-parse", "HEAD")
	other.write("services/orders/main.go", "package other\n")
	other.commit("Other")
	t.Setenv("GIT_DIR", other.path(".git"))
	t.Setenv("GIT_WORK_TREE", other.dir)
	if s := w.inspect("services/orders", ""); s.Commit != want {
		t.Errorf("the source is %+v", s)
	}
}

func TestTheRepositoryIsLeftAsItWas(t *testing.T) {
	w := samples(t)
	before := w.snapshot()
	w.write("services/orders/main.go", "package main // edited\n")
	dirty := w.inspect("services/orders", "")
	w.checkout(dirty)
	w.checkout(w.inspect("services/orders", "HEAD"))
	if _, err := Head(context.Background(), w.path("services/orders"), "main"); err != nil {
		t.Fatal(err)
	}
	if after := w.snapshot(); after != before {
		t.Errorf(".git was\n%s\nand is\n%s", before, after)
	}
}

// snapshot lists what is in .git, with sizes and times.
func (w world) snapshot() string {
	w.t.Helper()
	files, err := walk(w.path(".git"))
	if err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	for _, file := range files {
		info, err := os.Stat(w.path(".git/" + file))
		if err != nil {
			w.t.Fatal(err)
		}
		lines = append(lines, file+" "+info.ModTime().String())
	}
	return strings.Join(lines, "\n")
}
