package wiremock

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
)

// compile reads a regular expression that must mean the same in Java, for which it was written, and in Go. It has to
// match a whole text, as WireMock's do.
func compile(pattern string) (*regexp.Regexp, error) {
	if err := sameInJava(pattern); err != nil {
		return nil, err
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	// Checked only now, because the tree's text is not what the author wrote.
	return regexp.Compile(`\A(?:` + javaDots(tree).String() + `)\z`)
}

// sameInJava refuses what both languages accept and read differently.
func sameInJava(pattern string) error {
	class := false
	for i := 0; i < len(pattern); i++ {
		rest := pattern[i:]
		switch {
		case strings.HasPrefix(rest, `\Q`):
			end := strings.Index(rest, `\E`)
			if end < 0 {
				return nil
			}
			i += end + 1
		case strings.HasPrefix(rest, `\v`):
			return errors.New(`"\v" is every vertical space in Java and one of them in Go: write it out`)
		case rest[0] == '\\':
			i++
		case class && rest[0] == '[':
			return errors.New(`a "[" inside a class is a union in Java and not in Go: escape it`)
		case class && strings.HasPrefix(rest, "&&"):
			return errors.New(`"&&" inside a class is an intersection in Java and not in Go: write the class out`)
		case class && rest[0] == ']':
			class = false
		case !class && rest[0] == '[':
			class = true
			if strings.HasPrefix(rest, "[]") || strings.HasPrefix(rest, "[^]") {
				return errors.New(`a "]" at the start of a class is read differently in Java and Go: escape it`)
			}
		case !class && strings.HasPrefix(rest, "(?"):
			if err := sameFlags(rest[2:], pattern); err != nil {
				return err
			}
		}
	}
	return nil
}

// sameFlags refuses the flag U, which makes quantifiers lazy in Go and classes wide in Java, and the flag i where Go would
// fold letters that Java does not.
func sameFlags(flags, pattern string) error {
	for _, r := range flags {
		switch {
		case r == 'U':
			return errors.New("the flag U is read differently in Java and Go")
		case r == 'i' && strings.ContainsFunc(pattern, func(r rune) bool { return r > unicode.MaxASCII }):
			return errors.New("the flag i folds letters beyond ASCII in Go and not in Java")
		case !strings.ContainsRune("ims-", r):
			return nil
		}
	}
	return nil
}

// javaDots makes every dot stop at all the line ends that Java knows.
func javaDots(tree *syntax.Regexp) *syntax.Regexp {
	if tree.Op == syntax.OpAnyCharNotNL {
		tree.Op = syntax.OpCharClass
		tree.Rune = []rune{0, 9, 11, 12, 14, 0x84, 0x86, 0x2027, 0x202a, 0x10ffff}
	}
	for i, sub := range tree.Sub {
		tree.Sub[i] = javaDots(sub)
	}
	return tree
}
