package terminal

import "encoding/binary"

// Rewritten tells whether a terminal might show other words in a line than its bytes are: something in it is not shown, or
// overwrites. Tabs, which are shown as spaces, do not count, nor do bytes that are no UTF-8.
func Rewritten(line []byte) bool {
	for i := 0; i < len(line); i++ {
		for len(line)-i >= 8 && unusual(binary.LittleEndian.Uint64(line[i:]))&tops == 0 {
			i += 8
		}
		if i < len(line) && special[line[i]] && rewrites(line[i:]) {
			return true
		}
	}
	return false
}

// special are the bytes that begin what may not be shown.
var special = func() (table [256]bool) {
	for b := range 0x20 {
		table[b] = b != '\t'
	}
	for _, b := range []byte{0x7f, 0xc2, 0xd8, 0xe2, 0xef, 0xf3} {
		table[b] = true
	}
	return table
}()

// rewrites looks closer at a special byte: a letter beyond ASCII may begin with it as well.
func rewrites(text []byte) bool {
	var b [3]byte
	copy(b[1:], text[1:min(len(text), 3)])
	switch text[0] {
	case 0xc2:
		return b[1] < 0xa0 // C1 controls
	case 0xd8:
		return b[1] == 0x9c
	case 0xe2:
		return b[1] == 0x80 && (b[2] < 0x90 || b[2] > 0xa7 && b[2] < 0xaf) || b[1] == 0x81
	case 0xef:
		return b[1] == 0xbb || b[1] == 0xbf
	}
	return true
}
