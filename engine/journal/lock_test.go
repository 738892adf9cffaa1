package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain lets this test binary be the other process: it takes the lock of a directory and keeps it until it is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("JOURNAL_TEST_HOLD"); dir != "" {
		if _, err := Acquire(dir, "gantry run orders", noon); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("held")
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestASecondEngineIsToldWhoHoldsTheStateDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".gantry")
	first, err := Acquire(dir, "gantry run orders", noon)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Acquire(dir, "gantry", noon)
	var held *Held
	want := fmt.Sprintf("engine pid %d (gantry run orders, since 12:00) holds %s: ", os.Getpid(), dir)
	if !errors.As(err, &held) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v\nwant %s…", err, want)
	}
	if held.Holder.Host == "" {
		t.Error("the holder's host is missing")
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	second, err := Acquire(dir, "gantry", noon)
	if err != nil {
		t.Fatalf("after the first let go: %v", err)
	}
	if err := second.Release(); err != nil {
		t.Error(err)
	}
}

func TestAnEngineThatIsKilledHoldsNothing(t *testing.T) {
	dir := t.TempDir()
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), "JOURNAL_TEST_HOLD="+dir)
	stdin, err := other.StdinPipe() // open for as long as the other is to live
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process said %q, %v", line, err)
	}
	var held *Held
	if _, err := Acquire(dir, "gantry", noon); !errors.As(err, &held) || held.Holder.PID != other.Process.Pid {
		t.Errorf("while the other lives: %v", err)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait() // reports the kill
	lock, err := Acquire(dir, "gantry", noon)
	if err != nil {
		t.Fatalf("after it was killed: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
}

func TestALockNobodyHasSignedYetIsStillHeld(t *testing.T) {
	dir := t.TempDir()
	first, err := Acquire(dir, "gantry", noon)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Release()
	if err := first.file.Truncate(0); err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(dir, "gantry", noon); err == nil || !strings.HasPrefix(err.Error(), "another engine holds") {
		t.Errorf("got %v", err)
	}
}

// A process that is being started has a copy of every file for a moment, of the lock as well.
func TestALockThatIsReleasedIsFreeThoughAnotherProcessIsJustBeingStarted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".gantry")
	first, err := Acquire(dir, "gantry run orders", noon)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := unix.Dup(int(first.file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(copied)
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	second, err := Acquire(dir, "gantry", noon)
	if err != nil {
		t.Fatalf("after the first let go: %v", err)
	}
	if err := second.Release(); err != nil {
		t.Error(err)
	}
}
