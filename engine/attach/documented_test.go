package attach

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	yaml "github.com/oasdiff/yaml3"

	"github.com/gantry-cd/gantry/engine"
)

// The document that others program against says the same as the code.
func TestTheAPIIsDocumentedAsItIs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "engine-api.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Info  struct{ Version string }
		Paths map[string]map[string]any
		Parts struct {
			Schemas map[string]struct{ Properties map[string]any }
		} `yaml:"components"`
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	paths := []string{pathAbout, pathWatch, pathStart, pathRerun, pathReprovision, pathRollback, pathCommand, pathSlot, pathLeave}
	slices.Sort(paths)
	if got := slices.Sorted(maps.Keys(document.Paths)); !slices.Equal(got, paths) || document.Info.Version != "1" {
		t.Errorf("version %s has the paths %v, want %v", document.Info.Version, got, paths)
	}
	for name, of := range map[string]any{
		"About": About{}, "Moment": moment{}, "Presence": engine.Presence{}, "Progress": progress{}, "Start": engine.StartRequest{}, "Rerun": engine.RerunRequest{},
		"Reprovision": engine.ReprovisionRequest{}, "Rollback": engine.RollbackRequest{}, "Slot": engine.SlotRequest{}, "Command": order{}, "Problem": problem{}, "Leave": dismissal{},
	} {
		want := fields(reflect.TypeOf(of))
		if name == "Start" { // the engine's own to say
			want = slices.DeleteFunc(want, func(field string) bool { return field == "trigger" })
		}
		if got := slices.Sorted(maps.Keys(document.Parts.Schemas[name].Properties)); !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", name, got, want)
		}
	}
}

func fields(of reflect.Type) []string {
	var names []string
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
