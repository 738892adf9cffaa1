package survey

import (
	"encoding/json"
	"path"
	"strings"
)

// Node is what is known of a service with a package.json.
type Node struct {
	Manager string // "npm", "pnpm", "yarn", "bun"
	Locked  bool   // there is a lock file
	Root    string // the directory that it is in, relative to the service, where packages are installed
	Build   bool   // it has a script of this name that does something; so do the next
	Test    bool
	Lint    bool
	Start   bool
}

func (t *tree) node(s *Service) (runs bool, why string) {
	if !t.has(s.Dir, "package.json") {
		return false, ""
	}
	s.Manifest = "package.json"
	var p struct {
		Name       string
		Scripts    map[string]string
		Workspaces json.RawMessage
	}
	if err := json.Unmarshal([]byte(t.text(s.Dir, "package.json")), &p); err != nil {
		return false, "its package.json cannot be read: " + err.Error()
	}
	s.Name = p.Name
	says := func(script string) bool {
		text := p.Scripts[script]
		return text != "" && !strings.Contains(text, "no test specified")
	}
	s.Node = &Node{Manager: "npm", Root: ".", Build: says("build"), Test: says("test"), Lint: says("lint"), Start: says("start") || says("start:prod")}
	for above := s.Dir; ; above = path.Dir(above) {
		for file, manager := range map[string]string{"package-lock.json": "npm", "pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun"} {
			if t.has(above, file) && !s.Node.Locked {
				s.Node.Manager, s.Node.Locked, s.Node.Root = manager, true, up(s.Dir, above)
			}
		}
		if above == "." || s.Node.Locked {
			break
		}
	}
	if (len(p.Workspaces) > 0 || t.has(s.Dir, "pnpm-workspace.yaml")) && !s.Node.Start {
		return false, "its package.json only holds workspaces together"
	}
	return s.Node.Start, ""
}
