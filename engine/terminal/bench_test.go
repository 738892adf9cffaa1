package terminal

import (
	"strings"
	"testing"
)

func BenchmarkPlain(b *testing.B) {
	for name, text := range map[string]string{
		"ascii":    strings.Repeat("a line of a log, ", 6),
		"coloured": "\x1b[1;31m--- FAIL\x1b[0m: TestCheckout (0.01s) — grüße \t 120 ms",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Plain(text)
			}
		})
	}
}
