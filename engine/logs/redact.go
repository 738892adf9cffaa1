package logs

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// mask stands in a log where a secret was written.
const mask = "***"

// redactor finds secrets in text. Logs are long and secrets are rare: of as many bytes as the shortest secret has it looks
// at the last two, as Wu and Manber do, and these nearly always tell that no secret begins before them.
type redactor struct {
	forms    [256][]string   // by first byte, the longest first
	skips    [1 << 16]uint16 // by two bytes: how far the next place lies where a secret can have begun
	shortest int             // bytes of the shortest form…
	longest  int             // …and of the longest
	none     bool
}

// newRedactor knows the secrets as they are, and in the forms in which programs like to print them: as base64, also in
// the middle of a longer text, as part of a URL, and as a string of JSON.
func newRedactor(secrets []string) *redactor {
	r := &redactor{none: true}
	for _, secret := range secrets {
		for _, form := range forms(secret) {
			r.add(form)
		}
	}
	for first := range r.forms {
		longestFirst := func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) }
		slices.SortFunc(r.forms[first], longestFirst)
		r.forms[first] = slices.Compact(r.forms[first])
	}
	r.learnSkips()
	return r
}

func (r *redactor) add(form string) {
	if strings.TrimSpace(form) == "" {
		return
	}
	r.none = false
	if r.shortest == 0 || len(form) < r.shortest {
		r.shortest = len(form)
	}
	r.longest = max(r.longest, len(form))
	r.forms[form[0]] = append(r.forms[form[0]], form)
}

// learnSkips looks at the beginnings of all forms, as long as the shortest one. Two bytes that stand in none of them may be
// passed over; others lead to where they are the last two of one.
func (r *redactor) learnSkips() {
	if r.shortest < 2 {
		return // then every place is looked at
	}
	for pair := range r.skips {
		r.skips[pair] = uint16(min(r.shortest-1, 1<<16-1))
	}
	for _, forms := range r.forms {
		for _, form := range forms {
			for i := 1; i < r.shortest; i++ {
				pair := int(form[i-1])<<8 | int(form[i])
				r.skips[pair] = min(r.skips[pair], uint16(min(r.shortest-1-i, 1<<16-1)))
			}
		}
	}
}

// forms are the texts that give a secret away. A log has lines: each line of a key is a secret of its own.
func forms(secret string) []string {
	all := []string{secret}
	if lines := strings.Split(secret, "\n"); len(lines) > 1 {
		for _, line := range lines {
			if line = strings.TrimSpace(line); len(line) > 5 {
				all = append(all, line)
			}
		}
	}
	if len(secret) <= 5 {
		return all
	}
	all = append(all, url.QueryEscape(secret), url.PathEscape(secret), lowerEscapes(url.QueryEscape(secret)), lowerEscapes(url.PathEscape(secret)))
	if quoted, err := json.Marshal(secret); err == nil {
		all = append(all, string(quoted[1:len(quoted)-1]))
	}
	return append(all, base64Forms(secret)...)
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(escaped string) string {
	text := []byte(escaped)
	for i := 0; i+2 < len(text); i++ {
		if text[i] == '%' {
			copy(text[i:], bytes.ToLower(text[i:i+3]))
		}
	}
	return string(text)
}

// base64Forms are the secret encoded by itself, and the characters that it always becomes wherever it stands in a longer
// text, such as "user:password": these depend on its position modulo 3.
func base64Forms(secret string) []string {
	var all []string
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		all = append(all, encoding.EncodeToString([]byte(secret)))
		for before := range 3 {
			shifted := append(make([]byte, before), secret...)
			text := encoding.WithPadding(base64.NoPadding).EncodeToString(shifted)
			if before == 0 {
				all = append(all, text)
			}
			all = append(all, text[(before*8+5)/6:len(shifted)*8/6])
		}
	}
	return all
}

// clean is the text without secrets; the same slice when there are none.
func (r *redactor) clean(text []byte) []byte {
	at, length := r.find(text, 0)
	if length == 0 {
		return text
	}
	var cleaned []byte
	from := 0
	for length > 0 {
		cleaned = append(append(cleaned, text[from:at]...), mask...)
		from = at + length
		at, length = r.find(text, from)
	}
	return append(cleaned, text[from:]...)
}

// find is the first secret from a position on; its length is 0 when there is none.
func (r *redactor) find(text []byte, from int) (at, length int) {
	if r.none {
		return 0, 0
	}
	for i := from; i+r.shortest <= len(text); i++ {
		if r.shortest > 1 {
			last := i + r.shortest - 1
			for skip := r.skip(text, last); skip > 0; skip = r.skip(text, last) {
				if last += skip; last >= len(text) {
					return 0, 0
				}
			}
			i = last - r.shortest + 1
		}
		if length := r.begins(text, i); length > 0 {
			return i, length
		}
	}
	return 0, 0
}

// lanes is how many places of a long text are looked at in turn: where one looks next depends on what it found, and a
// processor that would wait for that looks at the others meanwhile.
const lanes = 4

// absent tells of a text of many lines that no secret is in it, several times as fast as one line after the other.
func (r *redactor) absent(text []byte) bool {
	part := len(text) / lanes
	if r.none {
		return true
	}
	if r.shortest < 2 || part < r.shortest {
		_, length := r.find(text, 0)
		return length == 0
	}
	var last, end [lanes]int // where what could be a secret has its last byte
	for i := range lanes {
		last[i], end[i] = i*part+r.shortest-1, (i+1)*part+r.shortest-1
	}
	end[lanes-1] = len(text)
	a, b, c, d := last[0], last[1], last[2], last[3]
	for a < end[0] && b < end[1] && c < end[2] && d < end[3] {
		skipA, skipB, skipC, skipD := r.skip(text, a), r.skip(text, b), r.skip(text, c), r.skip(text, d)
		if min(skipA, skipB, skipC, skipD) == 0 {
			for _, at := range [lanes]int{a, b, c, d} {
				if r.skip(text, at) == 0 && r.begins(text, at-r.shortest+1) > 0 {
					return false
				}
			}
			skipA, skipB, skipC, skipD = max(skipA, 1), max(skipB, 1), max(skipC, 1), max(skipD, 1)
		}
		a, b, c, d = a+skipA, b+skipB, c+skipC, d+skipD
	}
	for i, at := range [lanes]int{a, b, c, d} {
		for ; at < end[i]; at += max(1, r.skip(text, at)) {
			if r.skip(text, at) == 0 && r.begins(text, at-r.shortest+1) > 0 {
				return false
			}
		}
	}
	return true
}

// skip is how far behind a byte the next one lies that can be the last of a secret's beginning; 0 when this one can be.
func (r *redactor) skip(text []byte, last int) int {
	return int(r.skips[int(text[last-1])<<8|int(text[last])])
}

// begins is the length of the secret that begins at a position, or 0.
func (r *redactor) begins(text []byte, at int) int {
	for _, form := range r.forms[text[at]] {
		if len(form) <= len(text)-at && string(text[at:at+len(form)]) == form {
			return len(form)
		}
	}
	return 0
}

// cut is where a text that goes on can be cut without cutting a secret in two.
func (r *redactor) cut(text []byte) int {
	if r.none {
		return len(text)
	}
	cut := len(text) - (r.longest - 1) // a secret that begins before is complete
	if cut <= 0 {
		return len(text)
	}
	for from := 0; ; {
		at, length := r.find(text, from)
		if length == 0 || at >= cut {
			return cut
		}
		if from = at + length; from > cut {
			return from
		}
	}
}
