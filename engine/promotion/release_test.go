package promotion

import "testing"

func TestWhatPeopleCallARelease(t *testing.T) {
	for want, r := range map[string]Release{
		"1.8.0 3f9c1e2":       {Version: "1.8.0", Commit: "3f9c1e2aa"},
		"1.8.0 3f9c1e2+dirty": {Version: "1.8.0", Commit: "3f9c1e2aa", Dirty: "5d1f0aa99"},
		"1.8.0 5d1f0aa":       {Version: "1.8.0", Dirty: "5d1f0aa99"}, // no git checkout: the hash of its files
		"1.8.0":               {Version: "1.8.0"},
	} {
		if got := r.Name(); got != want {
			t.Errorf("%+v is called %q, want %q", r, got, want)
		}
	}
}
