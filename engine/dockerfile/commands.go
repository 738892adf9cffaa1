package dockerfile

import (
	"path/filepath"
	"slices"
	"strings"
)

// idFile is where a builder writes the ID of what it built: no name is taken in its store, so that several builds at once
// do not meet. It lies in the build's own directory, where commands are run. The image itself is there as image.
const (
	idFile = "image.id"
	image  = "image"
)

func docker(b Build) ([][]string, string) {
	return [][]string{
		with([]string{"docker", "build", "--iidfile", idFile}, b.options(), b.Context),
		{"docker", "save", "--output", image + ".tar", "@" + idFile},
	}, filepath.Join(b.Dir, image+".tar")
}

// buildx would say who built what when beside the image: that would be another digest each time.
func buildx(b Build) ([][]string, string) {
	return [][]string{
		with([]string{"docker", "buildx", "build", "--provenance=false", "--sbom=false", "--output", "type=oci,dest=" + image + ".tar"}, b.options(), b.Context),
	}, filepath.Join(b.Dir, image+".tar")
}

func podman(b Build) ([][]string, string) {
	if len(b.Platforms) > 1 {
		return index("podman", b)
	}
	return [][]string{
		with([]string{"podman", "build", "--iidfile", idFile}, b.options(), b.Context),
		{"podman", "push", "@" + idFile, "oci:" + image},
	}, filepath.Join(b.Dir, image)
}

func buildah(b Build) ([][]string, string) {
	if len(b.Platforms) > 1 {
		return index("buildah", b)
	}
	return [][]string{
		with([]string{"buildah", "build", "--iidfile", idFile}, b.options(), b.Context),
		{"buildah", "push", "@" + idFile, "oci:" + image},
	}, filepath.Join(b.Dir, image)
}

// index builds an image for each platform, each from its beginning: podman 4.3 takes what it has just built for one of them for
// the next one's, too, when it may use its cache. buildah uses none unless it is told to. To "push" it to oci: is to write it into a directory.
func index(program string, b Build) ([][]string, string) {
	return [][]string{
		with([]string{program, "build", "--layers=false", "--manifest", b.Name}, b.options(), b.Context),
		{program, "manifest", "push", "--all", b.Name, "oci:" + image},
	}, filepath.Join(b.Dir, image)
}

// forget takes the name of an index out of the builder's store.
func forget(program string) func(Build) []string {
	return func(b Build) []string { return []string{program, "manifest", "rm", b.Name} }
}

func with(command, options []string, context string) []string {
	return append(slices.Concat(command, options), context)
}

// shell is a command as the shell reads it. A word that begins with @ is what is in a file.
func shell(command []string) string {
	var words []string
	for _, word := range command {
		if file, is := strings.CutPrefix(word, "@"); is {
			words = append(words, `"$(cat `+file+`)"`)
		} else {
			words = append(words, quoted(word))
		}
	}
	return strings.Join(words, " ")
}

// quoted leaves alone what means itself.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_=./:,+@%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
