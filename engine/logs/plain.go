package logs

import "github.com/gantry-cd/gantry/engine/terminal"

// Plain is the text of a line as it can be shown anywhere.
func Plain(text string) string { return terminal.Plain(text) }
