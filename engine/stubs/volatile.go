package stubs

import (
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/pattern"
	"github.com/gantry-cd/gantry/engine/stubs/jsondiff"
)

// generated are texts that no person writes: UUIDs, ULIDs, long hexadecimal numbers.
var generated = pattern.New(`^(?i:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-hjkmnp-tv-z]{26}|[0-9a-f]{16,})$`)

// looksGenerated says whether a difference between two answers to the same request is that of an id or a time, and not
// that the service's state changed in between.
func looksGenerated(d jsondiff.Difference) bool {
	if d.Kind != jsondiff.Value {
		return false
	}
	name := d.Pointer[strings.LastIndexByte(d.Pointer, '/')+1:]
	if isIdentifier(name) || isTime(name) {
		return true
	}
	text, ok := d.Want.(string)
	if !ok {
		return false
	}
	_, err := time.Parse(time.RFC3339, text)
	return err == nil || generated.MatchString(text)
}

// isIdentifier knows id, orderId, order_id, orderID, uuid and their like.
func isIdentifier(name string) bool {
	lower := strings.ToLower(name)
	return slices.Contains([]string{"id", "uuid", "guid", "etag", "traceid", "requestid"}, lower) ||
		strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "ID") || strings.HasSuffix(lower, "_id") || strings.HasSuffix(lower, "-id")
}

// isTime knows createdAt, updated_at, timestamp, expiryTime and their like.
func isTime(name string) bool {
	lower := strings.ToLower(name)
	return slices.Contains([]string{"time", "timestamp", "date", "now"}, lower) ||
		strings.HasSuffix(name, "At") || strings.HasSuffix(lower, "_at") || strings.HasSuffix(lower, "-at") ||
		strings.HasSuffix(lower, "time") || strings.HasSuffix(lower, "timestamp") || strings.HasSuffix(name, "Date") || strings.HasSuffix(lower, "_date")
}

// unstable keeps of the differences those that are of ids and times.
func unstable(found []jsondiff.Difference) []jsondiff.Difference {
	return slices.DeleteFunc(slices.Clone(found), func(d jsondiff.Difference) bool { return !looksGenerated(d) })
}
