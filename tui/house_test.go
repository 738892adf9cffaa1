package tui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mayDoIO are the files whose work is to reach outside: commands, the terminal, the report of a panic.
var mayDoIO = []string{"commands.go", "feed.go", "guard.go", "pager.go", "aside.go", "takeaway.go", "input.go", "leave.go", "options.go", "terminal.go", "tui.go"}

var ioPackages = []string{"os", "os/exec", "net", "net/http", "syscall", "golang.org/x/sys/unix", "io/ioutil", "database/sql"}

// Update and View only compute: a file that does I/O is a file of commands.
func TestOnlyCommandFilesDoIO(t *testing.T) {
	eachFile(t, func(path string, file *ast.File) {
		if slices.Contains(mayDoIO, path) || strings.HasPrefix(path, "plain/") || strings.HasPrefix(path, "commandline/") {
			return
		}
		for _, i := range file.Imports {
			if name := strings.Trim(i.Path.Value, `"`); slices.Contains(ioPackages, name) {
				t.Errorf("%s imports %s: let a command do it", path, name)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Sleep", "Since", "After", "NewTimer"}, s.Sel.Name) {
					t.Errorf("%s reads the clock with time.%s: the clock is handed in", path, s.Sel.Name)
				}
			}
			return true
		})
	})
}

var colourLiteral = regexp.MustCompile(`^"#[0-9a-fA-F]{3,8}"$|\\x1b\[[0-9;]*m|\\033\[[0-9;]*m`)

// A colour has its meaning's name everywhere but in the theme.
func TestColoursAreNamedInTheThemeOnly(t *testing.T) {
	eachFile(t, func(path string, file *ast.File) {
		if strings.HasPrefix(path, "theme/") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if n.Kind == token.STRING && colourLiteral.MatchString(n.Value) {
					t.Errorf("%s names the colour %s: give it a role in theme/", path, n.Value)
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "lipgloss" && strings.HasSuffix(n.Sel.Name, "Color") {
					t.Errorf("%s uses lipgloss.%s: give it a role in theme/", path, n.Sel.Name)
				}
			}
			return true
		})
	})
}

// Only present reads a run; the console knows engines and runs by their interface, never a driver or an environment. What a
// line of text looks like (terminal) is neither.
func TestWhatTheConsoleImports(t *testing.T) {
	const module = "github.com/gantry-cd/gantry/"
	allowed := []string{module + "engine", module + "engine/pattern", module + "engine/promotion", module + "engine/terminal"}
	eachFile(t, func(path string, file *ast.File) {
		for _, i := range file.Imports {
			name := strings.Trim(i.Path.Value, `"`)
			if !strings.HasPrefix(name, module) || strings.HasPrefix(name, module+"tui") || strings.HasPrefix(path, "commandline/") {
				continue
			}
			if !slices.Contains(allowed, name) {
				t.Errorf("%s imports %s", path, name)
			}
		}
	})
}

// eachFile gives every source file of the console, tests and what only they import left out.
func eachFile(t *testing.T, look func(path string, file *ast.File)) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && entry.Name() == "internal" {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		seen++
		look(filepath.ToSlash(path), file)
		return nil
	})
	if err != nil || seen < 30 {
		t.Fatalf("%d files looked at: %v", seen, err)
	}
}
