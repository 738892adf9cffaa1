package wiremock

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Unknown says that a mapping cannot be served as its author meant it: an unknown key, or a value that is not one.
type Unknown struct {
	File string // "mappings/get-item.json"
	Key  string // "request.cookies"
	Why  string
}

func (u *Unknown) Error() string {
	if u.Key == "" {
		return fmt.Sprintf("%s: %s", u.File, u.Why)
	}
	return fmt.Sprintf("%s: %s: %s", u.File, u.Key, u.Why)
}

// Decode reads one file of mappings: a single one, or several as {"mappings": […]}.
func Decode(file string, content []byte) ([]Mapping, error) {
	d := &decoder{file: file}
	top := d.object("", content)
	var found []Mapping
	if list, several := top["mappings"]; several {
		for key := range top {
			if key != "mappings" && key != "meta" {
				d.unknown(key)
			}
		}
		for i, raw := range d.array("mappings", list) {
			at := fmt.Sprintf("mappings[%d]", i)
			found = append(found, d.mapping(at+".", d.object(at, raw)))
		}
	} else {
		found = append(found, d.mapping("", top))
	}
	if d.err != nil {
		return nil, d.err
	}
	return found, nil
}

func (d *decoder) mapping(at string, fields map[string]json.RawMessage) Mapping {
	m := Mapping{File: d.file, Priority: defaultPriority}
	for key, raw := range sorted(fields) {
		switch key {
		case "id", "uuid":
			m.ID = d.text(at+key, raw)
		case "name":
			m.Name = d.text(at+key, raw)
		case "priority":
			m.Priority = d.number(at+key, raw, 1, 1<<31-1)
		case "persistent": // says where WireMock keeps it, not what it matches
		case "metadata":
			d.object(at+key, raw)
			m.Metadata = raw
		case "request":
			m.Request = d.request(at+key, raw)
		case "response":
			m.Response = d.response(at+key, raw)
		default:
			d.unknown(at + key)
		}
	}
	for _, key := range []string{"request", "response"} {
		if _, ok := fields[key]; !ok {
			d.fail(at+key, "is missing")
		}
	}
	return m
}

// decoder remembers the first thing that is wrong; what it returns afterwards means nothing.
type decoder struct {
	file string
	err  error
}

func (d *decoder) fail(key, format string, args ...any) {
	if d.err == nil {
		d.err = &Unknown{File: d.file, Key: key, Why: fmt.Sprintf(format, args...)}
	}
}

func (d *decoder) unknown(key string) {
	d.fail(key, "Gantry does not know this and will not guess what it would match or answer")
}

func (d *decoder) read(key string, raw json.RawMessage, into any, what string) {
	if string(raw) == "null" {
		d.fail(key, "must be %s, is null", what)
	} else if err := json.Unmarshal(raw, into); err != nil {
		d.fail(key, "must be %s: %v", what, err)
	}
}

func (d *decoder) object(key string, raw json.RawMessage) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	d.read(key, raw, &fields, "a JSON object")
	return fields
}

func (d *decoder) array(key string, raw json.RawMessage) []json.RawMessage {
	var items []json.RawMessage
	d.read(key, raw, &items, "a JSON array")
	return items
}

func (d *decoder) text(key string, raw json.RawMessage) string {
	var text string
	d.read(key, raw, &text, "a string")
	return text
}

func (d *decoder) truth(key string, raw json.RawMessage) bool {
	var truth bool
	d.read(key, raw, &truth, "true or false")
	return truth
}

func (d *decoder) number(key string, raw json.RawMessage, least, most int) int {
	var number int
	d.read(key, raw, &number, "a whole number")
	if number < least || number > most {
		d.fail(key, "must be from %d to %d, is %d", least, most, number)
	}
	return number
}

// sorted makes the first error the same each time.
func sorted(fields map[string]json.RawMessage) func(func(string, json.RawMessage) bool) {
	return func(yield func(string, json.RawMessage) bool) {
		for _, key := range slices.Sorted(maps.Keys(fields)) {
			if !yield(key, fields[key]) {
				return
			}
		}
	}
}
