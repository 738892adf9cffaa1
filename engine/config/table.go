package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// table reads one table of the document. Whoever asks for a key makes it known; what nobody asked for is a mistake.
type table struct {
	*collector
	place  *place // nil when it is not in the text
	in     *table // nil for the document
	key    string // under which it stands there
	called string // what problems begin with, where that is not where it stands: `environment "qa"`
	values map[string]any
	known  []string
}

// name is what problems of this table begin with.
func (t *table) name() string {
	if t.called != "" || t.in == nil {
		return t.called
	}
	return t.in.prefix() + t.key
}

// header is how the table's header is written, without the numbers of items.
func (t *table) header() string {
	if t.in == nil || t.in.in == nil {
		return t.key
	}
	return t.in.header() + "." + t.key
}

// line is where a key of the table stands, or an item of the list under that key; the table's own line where there is
// no such key.
func (t *table) line(keys ...string) int {
	at, line := t.place, 0
	if at != nil {
		line = at.line
	}
	for _, key := range keys {
		if at = at.below(key); at != nil {
			line = at.line
		}
	}
	return line
}

// item is the line of the i-th item under a key.
func (t *table) item(key string, i int) int { return t.line(key, strconv.Itoa(i)) }

// complain notes a problem of this table at a line.
func (t *table) complain(line int, format string, args ...any) {
	t.problem(line, "%s", t.prefix()+fmt.Sprintf(format, args...))
}

func (t *table) prefix() string {
	name := t.name()
	if name == "" {
		return ""
	}
	return name + ": "
}

func (t *table) has(key string) bool { _, set := t.values[key]; return set }

// take is a key's value as the type that it must have; wants says what that is, for people.
func take[T any](t *table, key, wants string) (T, bool) {
	t.known = append(t.known, key)
	value, set := t.values[key]
	if !set {
		var none T
		return none, false
	}
	typed, fits := value.(T)
	if !fits {
		t.complain(t.line(key), "%s is %s: it must be %s", key, kindOf(value), wants)
	}
	return typed, fits
}

func (t *table) text(key, fallback string) string {
	if s, set := take[string](t, key, "a text"); set {
		return s
	}
	return fallback
}

func (t *table) flag(key string, fallback bool) bool {
	if b, set := take[bool](t, key, "true or false"); set {
		return b
	}
	return fallback
}

// number is a whole number between two bounds.
func (t *table) number(key string, fallback, least, most int) int {
	n, set := take[int64](t, key, "a whole number")
	if !set {
		return fallback
	}
	if n < int64(least) || n > int64(most) {
		if most == math.MaxInt32 {
			t.complain(t.line(key), "%s is %d: it must be at least %d", key, n, least)
		} else {
			t.complain(t.line(key), "%s is %d: it must be between %d and %d", key, n, least, most)
		}
		return fallback
	}
	return int(n)
}

// duration is a positive time, written as "90s" or "10m".
func (t *table) duration(key string, fallback time.Duration) time.Duration {
	s, set := take[string](t, key, `a text like "90s" or "10m"`)
	if !set {
		return fallback
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		t.complain(t.line(key), `%s is %q: write a time like "90s" or "10m"`, key, s)
		return fallback
	}
	return d
}

// choice is one of some words.
func (t *table) choice(key, fallback string, words []string) string {
	s := t.text(key, fallback)
	if s != fallback && !slices.Contains(words, s) {
		t.complain(t.line(key), "%s is %q: it must be %s%s", key, s, oneOf(words), DidYouMean(s, words))
		return fallback
	}
	return s
}

// choices is a list of texts out of some.
func (t *table) choices(key string, words []string) []string {
	texts := t.texts(key)
	for i, word := range texts {
		if !slices.Contains(words, word) {
			t.complain(t.item(key, i), "%s: %q must be %s%s", key, word, oneOf(words), DidYouMean(word, words))
		}
	}
	return texts
}

// texts is a list of texts, nil when the key is absent or holds something else. A text that stands in it twice is a
// problem.
func (t *table) texts(key string) []string {
	list, set := take[[]any](t, key, "a list of texts")
	if !set {
		return nil
	}
	texts := make([]string, 0, len(list))
	for i, item := range list {
		s, fits := item.(string)
		if !fits {
			t.complain(t.item(key, i), "%s: item %d is %s: it must be a text", key, i+1, kindOf(item))
			continue
		}
		texts = append(texts, s)
	}
	if len(texts) < len(list) {
		return nil
	}
	for _, i := range repeated(texts) {
		t.complain(t.item(key, i), "%s: %q stands there twice", key, texts[i])
	}
	return texts
}

// empty tells whether there is a list under the key with nothing in it.
func (t *table) empty(key string) bool {
	list, set := t.values[key].([]any)
	return set && len(list) == 0
}

// dict is a table of texts, nil when the key is absent or empty.
func (t *table) dict(key string) map[string]string {
	values, _ := take[map[string]any](t, key, "a table")
	if len(values) == 0 {
		return nil
	}
	all := make(map[string]string, len(values))
	for k, value := range values { // in any order: problems are sorted
		if s, fits := value.(string); fits {
			all[k] = s
		} else {
			t.complain(t.line(key, k), "%s: %s is %s: it must be a text", key, k, kindOf(value))
		}
	}
	return all
}

// table is the table under a key, nil when there is none.
func (t *table) table(key string) *table {
	values, set := take[map[string]any](t, key, "a table")
	if !set {
		return nil
	}
	return t.sub(key, t.place.below(key), values)
}

// tables are the tables of [[key]], in order.
func (t *table) tables(key string) []*table {
	list, set := take[[]any](t, key, fmt.Sprintf("a list of tables: write [[%s]]", key))
	if !set {
		return nil
	}
	all := make([]*table, 0, len(list))
	for i, item := range list {
		values, fits := item.(map[string]any)
		if !fits {
			t.complain(t.item(key, i), "%s: item %d is %s: it must be a table", key, i+1, kindOf(item))
			continue
		}
		all = append(all, t.sub(key, t.place.below(key).item(i), values))
	}
	return all
}

func (t *table) sub(key string, at *place, values map[string]any) *table {
	return &table{collector: t.collector, place: at, in: t, key: key, values: values, known: make([]string, 0, 2*len(values))}
}

// done complains about every key that nobody asked for.
func (t *table) done() {
	for key := range t.values {
		if !slices.Contains(t.known, key) {
			t.complain(t.line(key), "there is no key %q here%s", key, DidYouMean(key, t.known))
		}
	}
}

func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "a text"
	case bool:
		return "true or false"
	case int64:
		return "a whole number"
	case float64:
		return "a fraction"
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return "a date or time"
}
