// Package jsondiff compares JSON values: for equality with WireMock's options, and for differences with the places
// where they are.
package jsondiff

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Parse reads exactly one JSON value. Numbers keep their text, so that none loses digits.
func Parse(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON value")
	}
	return value, nil
}

// Canonical writes a value in the one way in which all equal values are written: sorted keys, no spaces, 1.0 as 1.
func Canonical(value any) string {
	var b strings.Builder
	canonical(&b, value)
	return b.String()
}

func canonical(b *strings.Builder, value any) {
	switch v := value.(type) {
	case map[string]any:
		b.WriteByte('{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Quote(key) + ":")
			canonical(b, v[key])
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			canonical(b, item)
		}
		b.WriteByte(']')
	case json.Number:
		b.WriteString(canonicalNumber(v))
	case string:
		b.WriteString(strconv.Quote(v))
	case bool:
		b.WriteString(strconv.FormatBool(v))
	default:
		b.WriteString("null")
	}
}

// canonicalNumber writes a number as digits and a power of ten, without evaluating it: 1e999999999 stays small.
func canonicalNumber(n json.Number) string {
	text, sign := string(n), ""
	if strings.HasPrefix(text, "-") {
		text, sign = text[1:], "-"
	}
	mantissa, power, _ := strings.Cut(strings.ToLower(text), "e")
	exponent := int64(0)
	if power != "" {
		var err error
		if exponent, err = strconv.ParseInt(power, 10, 32); err != nil {
			return string(n) // beyond every real number: equal only to the same text
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent -= int64(len(fraction))
	shorter := strings.TrimRight(digits, "0")
	exponent += int64(len(digits) - len(shorter))
	if shorter == "" {
		return "0"
	}
	if exponent == 0 {
		return sign + shorter
	}
	return sign + shorter + "e" + strconv.FormatInt(exponent, 10)
}

// Type is the name of a value's JSON type.
func Type(value any) string {
	switch value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case json.Number:
		return "number"
	case string:
		return "string"
	case bool:
		return "boolean"
	}
	return "null"
}
