package jsondiff_test

import (
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/stubs/jsondiff"
)

func parse(t *testing.T, text string) any {
	t.Helper()
	value, err := jsondiff.Parse([]byte(text))
	if err != nil {
		t.Fatalf("parse %s: %v", text, err)
	}
	return value
}

func TestEqualityFollowsWireMock(t *testing.T) {
	order := jsondiff.Options{IgnoreArrayOrder: true}
	extra := jsondiff.Options{IgnoreExtraElements: true}
	both := jsondiff.Options{IgnoreArrayOrder: true, IgnoreExtraElements: true}
	for _, c := range []struct {
		want, got string
		options   jsondiff.Options
		equal     bool
	}{
		{`{"n":1}`, `{"n":1.0}`, jsondiff.Options{}, true},
		{`{"n":100}`, `{"n":1e2}`, jsondiff.Options{}, true},
		{`0`, `-0.0`, jsondiff.Options{}, true},
		{`9007199254740993`, `9007199254740992`, jsondiff.Options{}, false},
		{`1e999999999`, `1`, jsondiff.Options{}, false},
		{`{"n":1}`, `{"n":"1"}`, jsondiff.Options{}, false},
		{`{"n":null}`, `{}`, jsondiff.Options{}, false},
		{`"a"`, `["a"]`, jsondiff.Options{}, false},
		{`null`, `{}`, jsondiff.Options{}, false},
		{`[1,2]`, `[2,1]`, jsondiff.Options{}, false},
		{`[1,2,2]`, `[2,1,2]`, order, true},
		{`[1,2,2]`, `[1,1,2]`, order, false},
		{`{"a":[1,2]}`, `{"a":[1,2,3],"z":0}`, extra, true},
		{`[1,2]`, `[3,1,2]`, extra, false},
		{`[1,2]`, `[3,2,1]`, both, true},
		{`[{},{"x":1}]`, `[{"x":1},{"y":1}]`, both, true}, // the first must give its place to the second
	} {
		if got := jsondiff.Equal(parse(t, c.want), parse(t, c.got), c.options); got != c.equal {
			t.Errorf("Equal(%s, %s, %+v) = %v", c.want, c.got, c.options, got)
		}
	}
}

func TestCanonicalTextIsTheSameForEqualValues(t *testing.T) {
	a, b := `{"b":[1.50,"é"],"a":1e3}`, ` {"a":1000, "b":[1.5,"\u00e9"]}`
	if jsondiff.Canonical(parse(t, a)) != jsondiff.Canonical(parse(t, b)) {
		t.Errorf("%s and %s", jsondiff.Canonical(parse(t, a)), jsondiff.Canonical(parse(t, b)))
	}
}

func TestDifferencesSayWhereAndHow(t *testing.T) {
	want := parse(t, `{"stock":5,"name":"bolt","gone":1,"tags":["a"],"a/b":true}`)
	got := parse(t, `{"stock":"5","name":"nut","new":2,"tags":["a","b"],"a/b":false}`)
	var said []string
	for _, d := range jsondiff.Differences(want, got) {
		said = append(said, d.Say("stub", "service"))
	}
	expected := []string{
		`/a~1b: stub true, service false`,
		`/gone: stub has 1, missing in service`,
		`/name: stub "bolt", service "nut"`,
		`/new: service has 2, missing in stub`,
		`/stock: stub 5, service "5"`,
		`/tags: stub has 1 items, service 2`,
	}
	if strings.Join(said, "\n") != strings.Join(expected, "\n") {
		t.Errorf("got\n%s", strings.Join(said, "\n"))
	}
}

func TestTwoValuesInOneTextAreRefused(t *testing.T) {
	if _, err := jsondiff.Parse([]byte(`{"n":1} x`)); err == nil {
		t.Error("text after the value was accepted")
	}
}
