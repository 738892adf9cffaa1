package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// followed is the commit at the branch's head.
func followed(t *testing.T, b *Branch) string {
	t.Helper()
	head, err := b.Head(context.Background(), NewLook())
	if err != nil {
		t.Fatal(err)
	}
	return head.Commit
}

func TestAFollowedBranchSeesEveryWayAHeadMoves(t *testing.T) {
	w := samples(t)
	b := Follow(w.path("services/orders"), "main")
	for i, move := range []struct {
		name string
		make func()
	}{
		{"a commit", func() { w.commit("Two") }},
		{"a merge", func() {
			w.git("checkout", "-q", "-b", "feature")
			w.commit("Three")
			w.git("checkout", "-q", "main")
			w.git("merge", "-q", "feature")
		}},
		{"packing", func() { w.git("pack-refs", "--all") }},
		{"a commit after packing", func() { w.commit("Four") }},
		{"a commit taken back", func() { w.git("reset", "-q", "--hard", "HEAD~1") }},
		{"a push from elsewhere", func() {
			w.git("checkout", "-q", "--detach")
			w.git("update-ref", "refs/heads/main", w.commit("Five"))
		}},
	} {
		followed(t, b)
		w.write("services/orders/main.go", fmt.Sprintf("package main // %d\n", i))
		move.make()
		if want, got := w.head("services/orders", "main").Commit, followed(t, b); got != want {
			t.Errorf("after %s the head is %s, want %s", move.name, got, want)
		}
	}
}

func TestAFollowedBranchAsksGitOnlyWhenSomethingMoved(t *testing.T) {
	w := samples(t)
	b := Follow(w.path("services/orders"), "main")
	first := followed(t, b)
	// Nothing answers for git from here on: whoever asks it gets an error.
	t.Setenv("PATH", t.TempDir())
	for range askAnyway - 2 {
		if got := followed(t, b); got != first {
			t.Fatalf("the head is %s, want %s", got, first)
		}
	}
	ref := filepath.Join(w.dir, ".git", "refs", "heads", "main")
	if err := os.WriteFile(ref, []byte("0123456789012345678901234567890123456789\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Head(context.Background(), NewLook()); err == nil && got.Commit == first {
		t.Error("the branch moved, and git was not asked")
	}
}

func TestAWorkTreeOfItsOwnIsFollowed(t *testing.T) {
	w := samples(t)
	other := w
	other.dir = filepath.Join(t.TempDir(), "other")
	w.git("worktree", "add", "-q", "--detach", other.dir)
	b := Follow(other.path("services/orders"), "main")
	first := followed(t, b)
	w.write("services/orders/main.go", "package main // 2\n")
	if second := w.commit("Two"); followed(t, b) != second || second == first {
		t.Error("a commit from the first work tree is not seen from the second one")
	}
}
