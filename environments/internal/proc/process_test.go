package proc

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestAProcessIsKnownByItsStart(t *testing.T) {
	self, err := IdentityOf(os.Getpid())
	if err != nil || !self.Alive() {
		t.Fatalf("we are %+v, %v", self, err)
	}
	other := self
	other.Start += "0"
	if other.Alive() {
		t.Error("a pid that was used again passes for the process that had it before")
	}
	if (Identity{}).Alive() {
		t.Error("no process is alive")
	}
}

func TestAStatusIsReadAndAProcessReaped(t *testing.T) {
	var out strings.Builder
	p, err := Start(Spec{Path: "/bin/sh", Args: []string{"-c", "echo said; exit 4"}, Output: &out})
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if how, code := p.Exit(); code != 4 || how != "exit status 4" || out.String() != "said\n" {
		t.Errorf("it ended with %q, %d, and said %q", how, code, out.String())
	}
	if p.Alive() {
		t.Error("it passes for alive")
	}
}

func TestAnAdoptedProcessIsEndedWithItsGroup(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	p, err := Start(Spec{Path: "/bin/sh", Args: []string{"-c", "trap '' TERM; (while :; do read x || exec cat; done) & echo up; while :; do wait; done"}, Output: write})
	if err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	if _, err := read.Read(make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	Adopt(p.Identity).Stop(20 * time.Millisecond)
	if p.Alive() {
		t.Error("it is alive")
	}
	<-p.Done()
}

func TestWhatCannotBeStartedSaysSo(t *testing.T) {
	if _, err := Start(Spec{Path: "/not/there"}); err == nil || !strings.Contains(err.Error(), "/not/there") {
		t.Errorf("got %v", err)
	}
}
