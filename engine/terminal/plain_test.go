package terminal

import (
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestPlainTextIsWhatATerminalWouldShow(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"as it is":                        "as it is",
		"grüße, 世界 🚀":                     "grüße, 世界 🚀",
		"\x1b[1;31mred\x1b[0m text":       "red text",
		"\x1b[38;2;1;2;3mmixed\x1b[m":     "mixed",
		"\x1b[2J\x1b[H\x1b[?1049hcleared": "cleared",
		"\x1b]0;evil title\x07after":      "after",
		"\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\": "link",
		"\x1b]52;c;ZXZpbA==\x07clipboard":                     "clipboard",
		"\x1bP1$r0m\x1b\\dcs":                                 "dcs",
		"\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\text":       "text",
		"\x1bcreset":                              "reset",
		"\x1b(Bcharset":                           "charset",
		"\u009b31mC1 colour":                      "C1 colour",
		"\u009d0;title\u009cC1 title":             "C1 title",
		"raw \x9b31m byte":                        "raw \ufffd31m byte",
		"cut off \x1b[31":                         "cut off ",
		"cut off \x1b":                            "cut off ",
		"cut off \x1b]0;shown":                    "cut off 0;shown",
		"\x1b]\x1b[1mnested\x1b]0;title\a string": "nested string",
		"broken \x1b[31\x1b[32mgreen":             "broken green",
		"10%\r50%\r100%":                          "100%",
		"done\r":                                  "done",
		"crlf\r\n":                                "crlf ",
		"waiting\r\x1b[Kdone":                     "done",
		"\a\x00\x7fbell":                          "bell",
		"|\b/\b-\b\\ ok":                          "\\ ok",
		"N\bNA\bA":                                "NA",
		"\b\bx":                                   "x",
		"a\tb":                                    "a       b",
		"12345678\tb":                             "12345678        b",
		"\t\x1b[1mx\x1b[0m\ty":                    "        x       y",
		"access \u202etxt.exe\u202c":              "access txt.exe",
		"zero\u200bwidth \u2067rtl\u2069":         "zerowidth rtl",
		"two\u2028lines":                          "two lines",
		"bad \xff\xfe utf8":                       "bad \ufffd\ufffd utf8",
	} {
		if got := Plain(text); got != want {
			t.Errorf("%q shows as %q, want %q", text, got, want)
		}
	}
}

func TestALineFullOfStringsWithoutAnEndTakesNoLonger(t *testing.T) {
	text := strings.Repeat("\u009d", 1<<20) + "shown" // quadratic, this would take hours
	if got := Plain(text); got != "shown" {
		t.Errorf("%d bytes are shown", len(got))
	}
}

func TestStyledTextKeepsColoursAsData(t *testing.T) {
	red, orange, grey := numbered|1, numbered|208, mixed|0x0a0b0c
	for text, want := range map[string][]Span{
		"":                                    nil,
		"plain":                               {{Text: "plain"}},
		"a\x1b[1;31mb\x1b[0mc":                {{Text: "a"}, {Style{Foreground: red, Bold: true}, "b"}, {Text: "c"}},
		"\x1b[38;5;208mx\x1b[39my":            {{Style{Foreground: orange}, "x"}, {Text: "y"}},
		"\x1b[38:5:208;4mx":                   {{Style{Foreground: orange, Underline: true}, "x"}},
		"\x1b[48;2;10;11;12;3mx":              {{Style{Background: grey, Italic: true}, "x"}},
		"\x1b[4:3mcurly\x1b[24m":              {{Style{Underline: true}, "curly"}},
		"\x1b[91m\x1b[104mx\x1b[;7my":         {{Style{Foreground: numbered | 9, Background: numbered | 12}, "x"}, {Style{Reverse: true}, "y"}},
		"\x1b[31mold\r\x1b[32mnew":            {{Style{Foreground: numbered | 2}, "new"}},
		"ab\x1b[31mc\b\b\bd":                  {{Style{Foreground: red}, "d"}},
		"\x1b[31m\x1b[31mone span\x1b[2J.":    {{Style{Foreground: red}, "one span."}},
		"\x1b[38;5mx\x1b[38;5;999my\x1b[38mz": {{Text: "xyz"}},
	} {
		if got := Styled(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q is %+v\nwant %+v", text, got, want)
		}
	}
	if n, is := orange.Number(); n != 208 || !is {
		t.Error("orange is number 208")
	}
	if r, g, b, is := grey.RGB(); r != 10 || g != 11 || b != 12 || !is {
		t.Error("grey is 10, 11, 12")
	}
}

func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"\x1b[31mred\x1b[0m", "\x1b]0;t\x07x", "a\rb\tc\bd", "\u009b1m\x1bP\x1b\\", "\x1b\x1b[\x9c\u009c", "x\x1b[38:2::1:2:3mü\b\r"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Plain(text)
		if !utf8.ValidString(got) {
			t.Errorf("%q becomes %q, which is no UTF-8", text, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || hidden(r) {
				t.Errorf("%q becomes %q, which holds %U", text, got, r)
			}
		}
		if again := Plain(got); again != got {
			t.Errorf("%q becomes %q, then %q", text, got, again)
		}
		var joined strings.Builder
		for _, span := range Styled(text) {
			joined.WriteString(span.Text)
			if span.Text == "" {
				t.Errorf("%q has an empty span", text)
			}
		}
		if joined.String() != got {
			t.Errorf("%q is %q plain and %q styled", text, got, joined.String())
		}
	})
}
