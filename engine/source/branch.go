package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Branch is a service's branch that is looked at again and again. A look reads a few small files, and asks git only when
// one of them has changed.
type Branch struct {
	path, name string
	refs       []string // the files of the repository that the head can follow from; none where there is no checkout
	seen       string   // what they held when git was asked; "" when it must be asked
	tips       string   // where the repository's branches stood then
	looks      int
	head       promotion.Source
}

// askAnyway is every how many looks git is asked though no file has changed, should the repository keep its branches in
// a way that is not known here.
const askAnyway = 30

// Follow begins to follow the branch of the service at path.
func Follow(path, branch string) *Branch { return &Branch{path: path, name: branch} }

// Look is one look at many branches: hundreds of services may lie in one repository, and what they have in common is
// looked at once.
type Look struct {
	files map[string]string // by the repository's files: what they are at this moment
	tips  map[string]string // by the same: where its branches stand
}

// NewLook begins a look.
func NewLook() *Look { return &Look{files: map[string]string{}, tips: map[string]string{}} }

// Head is the same as the function Head says. It is not safe for several at once.
func (b *Branch) Head(ctx context.Context, l *Look) (promotion.Source, error) {
	b.looks++
	if b.seen != "" && b.seen == b.now(l) && (b.looks%askAnyway != 0 || b.tips != "" && b.tips == b.tipsNow(ctx, l)) {
		return b.head, nil
	}
	b.seen, b.refs = "", b.files(ctx)
	before, tips := b.now(l), b.tipsNow(ctx, l) // what changes while git works is seen at the next look
	head, err := Head(ctx, b.path, b.name)
	if err == nil {
		b.seen, b.tips, b.head = before, tips, head
	}
	return head, err
}

// files are where git keeps what Head asks for.
func (b *Branch) files(ctx context.Context) []string {
	out, err := run(ctx, b.path, "rev-parse", "--absolute-git-dir", "--git-common-dir")
	if err != nil {
		return nil
	}
	dir, common, _ := strings.Cut(strings.TrimSuffix(out, "\n"), "\n")
	if !filepath.IsAbs(common) {
		common = filepath.Join(b.path, common)
	}
	files := []string{filepath.Join(dir, "HEAD"), filepath.Join(common, "packed-refs"), filepath.Join(common, "reftable", "tables.list")}
	for _, ref := range []string{"refs/heads/" + b.name, "refs/remotes/origin/" + b.name, "refs/heads/master", "refs/remotes/origin/master"} {
		files = append(files, filepath.Join(common, filepath.FromSlash(ref)))
	}
	return files
}

// tipsNow is where the branches stand that the head can follow from; "" where git does not tell.
func (b *Branch) tipsNow(ctx context.Context, l *Look) string {
	if len(b.refs) == 0 {
		return ""
	}
	of := strings.Join(b.refs, "\n")
	tips, known := l.tips[of]
	if !known {
		tips, _ = run(ctx, b.path, "show-ref", "--head", b.name, "master")
		l.tips[of] = tips
	}
	return tips
}

// now is what the files are at this moment; "" where there are none to go by.
func (b *Branch) now(l *Look) string {
	if len(b.refs) == 0 {
		return ""
	}
	of := strings.Join(b.refs, "\n")
	files, known := l.files[of]
	if !known {
		files = read(b.refs)
		l.files[of] = files
	}
	return read([]string{b.path}) + files
}

func read(files []string) string {
	var now strings.Builder
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			fmt.Fprintln(&now, "-")
			continue
		}
		fmt.Fprintln(&now, info.Size(), info.ModTime().UnixNano())
		// Two changes may fall into one tick of the file system's clock: what is small is read.
		if info.Mode().IsRegular() && info.Size() < 4<<10 {
			text, _ := os.ReadFile(file)
			now.Write(text)
		}
	}
	return now.String()
}
