package journal

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Anchor is an event and the hash that the chain had there. Kept outside of the journal, it shows what the journal alone
// cannot: that its newest events were cut off, or that all of it was written anew.
type Anchor struct {
	Seq  int64  // 0: an empty journal
	Hash string // 64 hex digits
}

func (a Anchor) String() string { return fmt.Sprintf("%d:%s", a.Seq, a.Hash) }

// UnmarshalText reads what String writes.
func (a *Anchor) UnmarshalText(text []byte) error {
	seq, hash, found := strings.Cut(strings.TrimSpace(string(text)), ":")
	n, err := strconv.ParseInt(seq, 10, 64)
	if _, wrong := hex.DecodeString(hash); !found || err != nil || n < 1 || wrong != nil || len(hash) != 64 {
		return fmt.Errorf("%q is no anchor: write it as `gantry audit --verify` printed it, NUMBER:HASH", text)
	}
	a.Seq, a.Hash = n, strings.ToLower(hash)
	return nil
}

func hashText(hash []byte) string { return hex.EncodeToString(hash) }
