package config_test

import (
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
)

// FuzzParse: whatever is in the file, there is an error, or a pipeline that can be read again from its own copy and
// planned for every service.
func FuzzParse(f *testing.F) {
	f.Add(whole)
	f.Add(whole + weekends)
	f.Add(edited(f, "publish_stub = true\n", policies))
	for _, m := range slices.Concat(mistakes, operators) {
		f.Add(edited(f, m.old, m.now))
	}
	f.Add("environment = [1, { name = 2 }]\nservice = [[]]\npipeline = 1979-05-27")
	f.Add("[[environment]]\nname = \"a\"\nregistry.port.x = 1\n[[environment.proxy]]\n\"\\u0000\" = nan")
	f.Add("[[service]]\n[[service.build.step]]\n[service.build]\n'' = ''")
	dir := root(f)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := config.Parse("config.toml", text, dir)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		again, err := config.Parse("config.toml", p.Source, p.Root)
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Errorf("read again it is\n%+v (%v)\nand was\n%+v", again, err, p)
		}
		for _, s := range p.Services {
			plan, err := config.Plan(p, s.Name, config.PlanOptions{})
			if err != nil {
				t.Errorf("%s cannot be planned: %v", s.Name, err)
			}
			if _, err := config.FromPlan(plan, filepath.Join(dir, "config.toml")); err != nil {
				t.Errorf("the copy in the plan of %s: %v", s.Name, err)
			}
		}
	})
}
