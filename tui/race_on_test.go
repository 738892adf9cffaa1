//go:build race

package tui

// raceDetector allocates for itself.
const raceDetector = true
