package logs

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestASecretNeverShows(t *testing.T) {
	const secret = `p4ss/w"rd+ü!`
	basic := base64.StdEncoding.EncodeToString([]byte("deployer:" + secret + "\n"))
	for name, text := range map[string]string{
		"as it is":                "password is " + secret + ".",
		"twice":                   secret + secret,
		"as part of a URL":        "postgres://app:" + url.QueryEscape(secret) + "@db/orders",
		"in a path":               "/login/" + url.PathEscape(secret),
		"with lower-case escapes": "?p=" + strings.ToLower(url.QueryEscape("+ü"+secret)),
		"as JSON":                 fmt.Sprintf(`{"password":%q}`, secret),
		"as base64":               base64.StdEncoding.EncodeToString([]byte(secret)),
		"as base64 for a URL":     base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"in a basic header":       "Authorization: Basic " + basic,
		"in another position":     base64.StdEncoding.EncodeToString([]byte("ab" + secret + "cd")),
		"in a third position":     base64.StdEncoding.EncodeToString([]byte("abc" + secret + "d")),
	} {
		w := create(t, logFile(t), secret, "")
		write(t, w.Writer("unit"), text+"\n")
		got := texts(t, w)[0]
		if !strings.Contains(got, mask) {
			t.Errorf("%s: %q shows as %q", name, text, got)
		}
		if besides := Without(text, []string{secret, ""}); besides != got {
			t.Errorf("%s: without a log it is %q", name, besides)
		}
		for _, form := range forms(secret) {
			if strings.Contains(got, form) {
				t.Errorf("%s: %q is still in %q", name, form, got)
			}
		}
	}
}

func TestASecretIsFoundAcrossWritesAndPiecesOfALine(t *testing.T) {
	const secret = "correct horse"
	for _, before := range []int{0, 5, maxLine - len(secret) - 1, maxLine - len(secret), maxLine - 7, maxLine - 1, maxLine, maxLine + 3} {
		w := create(t, logFile(t), secret)
		text := strings.Repeat("x", before) + secret + strings.Repeat("y", 30)
		out := w.Writer("unit")
		write(t, out, text[:before+4], text[before+4:before+9], text[before+9:], "\n")
		write(t, w.Writer("at once"), text+"\n")
		want := strings.ReplaceAll(text, secret, mask)
		got := map[string]string{}
		lines, err := w.Lines(0, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			got[line.Step] += line.Text
		}
		if !reflect.DeepEqual(got, map[string]string{"unit": want, "at once": want}) {
			t.Errorf("after %d characters it shows as …%s and …%s", before, tail(got["unit"]), tail(got["at once"]))
		}
	}
}

func tail(text string) string { return text[max(0, len(text)-60):] }

func TestSecretsOfSeveralLinesAndOfOneCharacter(t *testing.T) {
	key := "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nab\n-----END KEY-----\n"
	w := create(t, logFile(t), key, "§", "horse", "horse battery")
	write(t, w.Writer("unit"), key, "ab is no secret, § is, horse and horse battery too\n")
	want := []string{mask, mask, "ab", mask, "ab is no secret, *** is, *** and *** too"}
	if got := texts(t, w); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzRedaction(f *testing.F) {
	f.Add("hunter22", "the password is hunter22", 20)
	f.Add("aa", "aaaaa", 1)
	f.Fuzz(func(t *testing.T, secret, text string, at int) {
		if strings.TrimSpace(secret) == "" || strings.Contains(mask, secret) || strings.Contains(secret, "*") {
			t.Skip("the mask itself would show it")
		}
		r := newRedactor([]string{secret})
		cut := r.cut([]byte(text))
		if cut < 0 || cut > len(text) {
			t.Fatalf("cut %q at %d", text, cut)
		}
		if got := string(r.clean([]byte(text))); strings.Contains(got, secret) && strings.Contains(strings.ReplaceAll(got, mask, ""), secret) {
			t.Errorf("%q still shows %q", got, secret)
		}
	})
}

// What is passed over holds no secret: looking at every place for every form finds the same one first.
func TestTheFirstSecretIsFoundWhateverStandsAroundIt(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		secrets := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("abc")), 1, 7, -1), 0, 3).Draw(r, "secrets")
		text := []byte(rapid.StringOfN(rapid.RuneFrom([]rune("aabc")), 0, 60, -1).Draw(r, "text"))
		redact, from := newRedactor(secrets), rapid.IntRange(0, len(text)).Draw(r, "from")
		wantAt, wantLength := 0, 0
		for at := from; at < len(text) && wantLength == 0; at++ {
			for _, secret := range secrets {
				for _, form := range forms(secret) {
					if strings.HasPrefix(string(text[at:]), form) && len(form) > wantLength {
						wantAt, wantLength = at, len(form)
					}
				}
			}
		}
		if at, length := redact.find(text, from); at != wantAt || length != wantLength {
			r.Fatalf("%d bytes at %d, want %d at %d", length, at, wantLength, wantAt)
		}
	})
}

func TestASecretIsFoundWhereverItStandsInALongText(t *testing.T) {
	r := newRedactor([]string{"correct horse", "battery"})
	text := []byte(strings.Repeat("a text about corrected horses and their batten, all but secret\n", 20))
	if !r.absent(text) {
		t.Fatal("a secret is found where none is")
	}
	for _, secret := range []string{"correct horse", "battery"} {
		for at := range len(text) - len(secret) + 1 {
			with := slices.Clone(text)
			copy(with[at:], secret)
			if r.absent(with) {
				t.Fatalf("%q is not found at %d of %d", secret, at, len(text))
			}
		}
	}
}

func TestALongTextAndItsLinesAreCleanTogether(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		r := newRedactor([]string{"abba", "aabab"}[:1+random.IntN(2)])
		text := make([]byte, random.IntN(90))
		for i := range text {
			text[i] = "ab\nc"[random.IntN(4)]
		}
		if _, length := r.find(text, 0); r.absent(text) != (length == 0) {
			t.Fatalf("%q: absent says %v, and a secret of %d bytes is in it", text, r.absent(text), length)
		}
	}
}
