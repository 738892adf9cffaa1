package text

import (
	"slices"
	"testing"
)

func TestALineIsSplitAtSpacesOutsideOfQuotationMarks(t *testing.T) {
	for line, want := range map[string][]string{
		"": nil, "  a  b ": {"a", "b"}, `a "b c" d`: {"a", "b c", "d"}, `--reason="no good"`: {"--reason=no good"}, `"it's"`: {"it's"}, `a ''`: {"a", ""},
	} {
		if got, err := Words(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q is %q, %v", line, got, err)
		}
	}
}
