package tui

import "github.com/gantry-cd/gantry/tui/internal/noquery"

func init() { noquery.Restore() }
