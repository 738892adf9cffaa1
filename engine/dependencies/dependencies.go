// Package dependencies reads which versions of which libraries a service declares, from the files in which its language's
// own tools keep that.
package dependencies

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"path"
	"strings"

	"golang.org/x/mod/modfile"
)

// readers are the files that are understood, by their name.
var readers = map[string]func([]byte) (map[string]string, error){
	"go.mod":           goModule,
	"package.json":     nodePackage,
	"requirements.txt": pythonRequirements,
	"pom.xml":          mavenProject,
}

// Declares tells whether a file, by its path, says what a service depends on.
func Declares(file string) bool { return readers[path.Base(file)] != nil }

// Read is what a file declares: versions by the libraries' names.
func Read(file string, text []byte) (map[string]string, error) {
	read := readers[path.Base(file)]
	if read == nil {
		return nil, fmt.Errorf("%s is no file that declares dependencies", file)
	}
	found, err := read(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return found, nil
}

func goModule(text []byte) (map[string]string, error) {
	file, err := modfile.Parse("go.mod", text, nil)
	if err != nil { // a newer Go may write what this one does not know
		file, err = modfile.ParseLax("go.mod", text, nil)
	}
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	if file.Go != nil {
		all["go"] = file.Go.Version
	}
	for _, require := range file.Require {
		all[require.Mod.Path] = require.Mod.Version
	}
	for _, replace := range file.Replace {
		all[replace.Old.Path] = strings.TrimSpace(replace.New.Path + " " + replace.New.Version)
	}
	return all, nil
}

func nodePackage(text []byte) (map[string]string, error) {
	var file struct {
		Dependencies, DevDependencies, PeerDependencies, OptionalDependencies map[string]string
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, kind := range []map[string]string{file.OptionalDependencies, file.PeerDependencies, file.DevDependencies, file.Dependencies} {
		for name, version := range kind {
			all[name] = version
		}
	}
	return all, nil
}

func pythonRequirements(text []byte) (map[string]string, error) {
	all := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), " #")
		line, _, _ = strings.Cut(line, ";") // on which platforms
		line = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(line), "\\"))
		at := strings.IndexAny(line, "=<>!~@ ")
		switch {
		case line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "-"):
		case at < 0:
			all[line] = "any"
		default:
			all[strings.TrimSpace(line[:at])] = strings.TrimPrefix(strings.TrimSpace(line[at:]), "==")
		}
	}
	return all, nil
}

func mavenProject(text []byte) (map[string]string, error) {
	type dependency struct {
		Group    string `xml:"groupId"`
		Artifact string `xml:"artifactId"`
		Version  string `xml:"version"`
	}
	var file struct {
		Parent       dependency   `xml:"parent"`
		Dependencies []dependency `xml:"dependencies>dependency"`
		Managed      []dependency `xml:"dependencyManagement>dependencies>dependency"`
	}
	if err := xml.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, d := range append(append(file.Managed, file.Dependencies...), file.Parent) {
		if name := d.Group + ":" + d.Artifact; name != ":" && (d.Version != "" || all[name] == "") {
			all[name] = d.Version
		}
	}
	return all, nil
}
