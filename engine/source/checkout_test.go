package source

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestACommitIsCheckedOutWithTheWholeRepository(t *testing.T) {
	w := samples(t)
	s := w.inspect("services/orders", "HEAD")
	w.write("services/orders/main.go", "package main // edited\n")
	w.write("services/orders/new.go", "package main\n")
	dir, notes := w.checkout(s)
	wantFile(t, dir+"/main.go", "package main\n")
	wantNothing(t, dir+"/new.go")
	wantFile(t, dir+"/../../go.mod", "module sample\n")
	wantFile(t, dir+"/../../shared/shared.go", "package shared\n")
	if notes != "" {
		t.Errorf("something is noted: %s", notes)
	}
}

func TestAWorkingTreeIsCopiedAsItStands(t *testing.T) {
	w := samples(t)
	w.write("services/orders/main.go", "package main // edited\n")
	w.write("services/orders/new.go", "package main\n")
	w.write("services/orders/trace.log", "ignored\n")
	w.write("shared/shared.go", "package shared // edited\n")
	w.write(".gantry/journal.db", "…\n")
	if err := os.Remove(w.path("services/orders/VERSION")); err != nil {
		t.Fatal(err)
	}
	dir, _ := w.checkout(w.inspect("services/orders", ""))
	wantFile(t, dir+"/main.go", "package main // edited\n")
	wantFile(t, dir+"/new.go", "package main\n")
	wantFile(t, dir+"/../../shared/shared.go", "package shared // edited\n")
	wantNothing(t, dir+"/VERSION")
	wantNothing(t, dir+"/trace.log")
	wantNothing(t, dir+"/../../.gantry")
}

func TestATreeThatChangedMeanwhileIsRefused(t *testing.T) {
	w := samples(t)
	w.write("services/orders/main.go", "package main // edited\n")
	s := w.inspect("services/orders", "")
	w.write("services/orders/main.go", "package main // edited again\n")
	_, err := Checkout(context.Background(), s, filepath.Join(t.TempDir(), "source"))
	wantRefusal(t, err, "has changed since this run was started")
	w.write("services/orders/main.go", "package main // edited\n")
	w.commit("Committed meanwhile")
	_, err = Checkout(context.Background(), s, filepath.Join(t.TempDir(), "source"))
	wantRefusal(t, err, "has changed since this run was started")
}

func TestAPlainDirectoryIsCopiedWithItsModule(t *testing.T) {
	repo(t, "main") // only for git itself
	w := noGit(t)
	w.write("go.mod", "module plain\n")
	w.write("orders/main.go", "package main\n")
	w.write("orders/.gantry/journal.db", "…\n")
	dir, _ := w.checkout(w.inspect("orders", ""))
	wantFile(t, dir+"/main.go", "package main\n")
	wantFile(t, dir+"/../go.mod", "module plain\n")
	wantNothing(t, dir+"/.gantry")
}

func TestACheckoutIsNotPartOfTheNextOne(t *testing.T) {
	for name, w := range map[string]world{"plain": noGit(t), "git": samples(t)} {
		t.Run(name, func(t *testing.T) {
			w.write("services/orders/new.go", "package main // new\n")
			w.t = t
			s := w.inspect("services/orders", "")
			for _, run := range []string{"1", "2"} {
				dir, err := Checkout(context.Background(), s, w.path("state/"+run+"/source"))
				if err != nil {
					t.Fatal(err)
				}
				wantFile(t, dir+"/new.go", "package main // new\n")
				wantNothing(t, w.path("state/"+run+"/source/tree/state"))
			}
		})
	}
}

func TestDirFindsACheckoutAgain(t *testing.T) {
	w := samples(t)
	s, into := w.inspect("services/orders", ""), filepath.Join(t.TempDir(), "source")
	if _, err := Dir(s, into); err == nil {
		t.Error("there is a checkout before there is one")
	}
	dir, err := Checkout(context.Background(), s, into)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(w.dir); err != nil {
		t.Fatal(err)
	}
	if again, err := Dir(s, into); err != nil || again != dir {
		t.Errorf("found again it is %s (%v), want %s", again, err, dir)
	}
}

func TestSpacesAndOddNamesAreNamesLikeAnyOther(t *testing.T) {
	w := repo(t, "main")
	const service = "my services/the *orders* (new)"
	w.write(service+"/file with \"quotes\" and ümlauts.txt", "text\n")
	w.commit("Odd names")
	dir, _ := w.checkout(w.inspect(service, "HEAD"))
	wantFile(t, dir+"/file with \"quotes\" and ümlauts.txt", "text\n")
	w.write(service+"/second\nline.txt", "text\n")
	s := w.inspect(service, "")
	if s.Dirty == "" {
		t.Fatalf("the source is %+v", s)
	}
	dir, _ = w.checkout(s)
	wantFile(t, dir+"/second\nline.txt", "text\n")
	if head := w.head(service, "main"); head.Subject != "Odd names" {
		t.Errorf("the head is %+v", head)
	}
}

func TestLinksStayInsideAndExecutablesExecutable(t *testing.T) {
	w := samples(t)
	w.write("secret", "outside\n")
	for link, target := range map[string]string{
		"services/orders/inside": "../../shared/shared.go", "services/orders/missing": "nothing", "services/orders/absolute": "/etc/hostname",
		"services/orders/outside": "../../../secret", "self": ".", "services/orders/winding": "../../self/self/../../etc",
	} {
		if err := os.Symlink(target, w.path(link)); err != nil {
			t.Fatal(err)
		}
	}
	w.write("services/orders/run.sh", "#!/bin/sh\n")
	if err := os.Chmod(w.path("services/orders/run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	check := func(dir, notes string) {
		t.Helper()
		wantFile(t, dir+"/inside", "package shared\n")
		if target, err := os.Readlink(dir + "/missing"); err != nil || target != "nothing" {
			t.Errorf("a link to nothing leads to %q (%v)", target, err)
		}
		for _, gone := range []string{"absolute", "outside", "winding"} {
			wantNothing(t, dir+"/"+gone)
			if !strings.Contains(notes, "services/orders/"+gone) {
				t.Errorf("nothing is said of %s: %s", gone, notes)
			}
		}
		for name, want := range map[string]os.FileMode{"run.sh": 0o111, "main.go": 0} {
			if info, err := os.Stat(dir + "/" + name); err != nil || info.Mode()&0o111 != want {
				t.Errorf("%s is %v (%v)", name, info.Mode(), err)
			}
		}
	}
	check(w.checkout(w.inspect("services/orders", "")))
	w.commit("Links")
	check(w.checkout(w.inspect("services/orders", "")))
}

func TestADirectoryThatBecameALinkIsCopiedAsThat(t *testing.T) {
	w := samples(t)
	w.write("services/orders/lib/lib.go", "package lib\n")
	w.commit("A library")
	if err := os.RemoveAll(w.path("services/orders/lib")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../shared", w.path("services/orders/lib")); err != nil {
		t.Fatal(err)
	}
	dir, _ := w.checkout(w.inspect("services/orders", ""))
	wantFile(t, dir+"/lib/shared.go", "package shared\n")
	wantNothing(t, dir+"/lib/lib.go")
}

func TestSubmodulesAreLeftEmptyWithANote(t *testing.T) {
	library, w := samples(t), samples(t)
	w.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.dir, "services/orders/vendored")
	w.commit("A submodule")
	check := func(dir, notes string) {
		t.Helper()
		wantNothing(t, dir+"/vendored/go.mod")
		if !strings.Contains(notes, "services/orders/vendored") {
			t.Errorf("nothing is said of the submodule: %q", notes)
		}
	}
	check(w.checkout(w.inspect("services/orders", "HEAD")))
	w.write("services/orders/main.go", "package main // edited\n")
	check(w.checkout(w.inspect("services/orders", "")))
}

func TestAttributesForArchivesLeaveNothingOut(t *testing.T) {
	w := samples(t)
	w.write(".gitattributes", "*_test.go export-ignore\n*.txt export-subst\n")
	w.write("services/orders/main_test.go", "package main\n")
	w.write("services/orders/a.txt", "$Format:%H$\n")
	w.commit("Attributes")
	dir, _ := w.checkout(w.inspect("services/orders", "HEAD"))
	wantFile(t, dir+"/main_test.go", "package main\n")
	wantFile(t, dir+"/a.txt", "$Format:%H$\n")
}

func TestAnOccupiedDirectoryIsNotWrittenTo(t *testing.T) {
	w := samples(t)
	s, into := w.inspect("services/orders", ""), filepath.Join(t.TempDir(), "source")
	if _, err := Checkout(context.Background(), s, into); err != nil {
		t.Fatal(err)
	}
	_, err := Checkout(context.Background(), s, into)
	wantRefusal(t, err, "where nothing may be yet")
}
