package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// Difference is one key that two configurations say differently. "" on one side: it is not there.
type Difference struct{ Key, From, To string }

// Differences compares two texts of config.toml as far as they concern a service: other services, and how the console looks,
// are left out. Neither text holds secrets.
func Differences(from, to, service string) ([]Difference, error) {
	var said [2]map[string]string
	for i, text := range []string{from, to} {
		d, err := parseDocument("config.toml", text)
		if err != nil {
			return nil, err
		}
		said[i] = map[string]string{}
		for _, top := range sortedKeys(d.values) {
			switch top {
			case "console", "engine":
			case "service":
				flatten(said[i], top, only(d.values[top], service))
			default:
				flatten(said[i], top, d.values[top])
			}
		}
	}
	var all []Difference
	for key, was := range said[0] {
		if is := said[1][key]; is != was {
			all = append(all, Difference{key, was, is})
		}
	}
	for key, is := range said[1] {
		if _, known := said[0][key]; !known {
			all = append(all, Difference{key, "", is})
		}
	}
	slices.SortFunc(all, func(a, b Difference) int { return cmp.Compare(a.Key, b.Key) })
	return all, nil
}

// only is the table of a name out of several.
func only(tables any, name string) any {
	list, _ := tables.([]any)
	for _, t := range list {
		if values, fits := t.(map[string]any); fits && values["name"] == name {
			return []any{values}
		}
	}
	return nil
}

// flatten notes every single value below a key by its path: environment.qa.soak. A table in a list goes by its name, or else
// its place.
func flatten(said map[string]string, path string, value any) {
	switch v := value.(type) {
	case nil:
	case map[string]any:
		for _, key := range sortedKeys(v) {
			if key != "name" {
				flatten(said, path+"."+key, v[key])
			}
		}
	case []any:
		if !slices.ContainsFunc(v, func(item any) bool { _, table := item.(map[string]any); return table }) {
			said[path] = fmt.Sprint(v)
			return
		}
		for i, item := range v {
			at := strconv.Itoa(i + 1)
			if values, table := item.(map[string]any); table {
				if name, named := values["name"].(string); named {
					at = name
				}
			}
			flatten(said, path+"."+at, item)
		}
	default:
		said[path] = fmt.Sprint(v)
	}
}
