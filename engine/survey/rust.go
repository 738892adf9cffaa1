package survey

import (
	"path"

	"github.com/pelletier/go-toml/v2"
)

// Rust is what is known of a service that Cargo builds.
type Rust struct {
	Bin    string // the program's name
	Locked bool   // there is a Cargo.lock, in the directory or above
	Target string // the directory of what is built, relative to the service: that of the workspace
}

func (t *tree) rust(s *Service) (runs bool, why string) {
	if !t.has(s.Dir, "Cargo.toml") {
		return false, ""
	}
	s.Manifest = "Cargo.toml"
	var cargo struct {
		Package   struct{ Name string }
		Bin       []struct{ Name string }
		Workspace map[string]any
	}
	if err := toml.Unmarshal([]byte(t.text(s.Dir, "Cargo.toml")), &cargo); err != nil {
		return false, "its Cargo.toml cannot be read: " + err.Error()
	}
	if cargo.Package.Name == "" {
		return false, "its Cargo.toml only holds a workspace together"
	}
	s.Name = cargo.Package.Name
	s.Rust = &Rust{Bin: cargo.Package.Name, Target: "target"}
	if len(cargo.Bin) > 0 && cargo.Bin[0].Name != "" {
		s.Rust.Bin = cargo.Bin[0].Name
	}
	for above := s.Dir; ; above = path.Dir(above) {
		if t.has(above, "Cargo.lock") {
			s.Rust.Locked, s.Rust.Target = true, path.Join(up(s.Dir, above), "target")
			break
		}
		if above == "." {
			break
		}
	}
	if !t.has(s.Dir, "src/main.rs") && len(cargo.Bin) == 0 {
		return false, "its crate has no program, it is a library"
	}
	return true, ""
}
