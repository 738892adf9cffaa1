package tui

import (
	"bytes"
	"strings"
	"sync"
	"testing"
)

func TestACallStandsBetweenFramesAndNeverWithinOne(t *testing.T) {
	var out bytes.Buffer
	s := synchronized(&out)
	frame := strings.Repeat("x", 500)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 200 {
				if n, err := s.Write([]byte(frame)); n != len(frame) || err != nil {
					t.Errorf("wrote %d, %v", n, err)
				}
			}
		})
	}
	all.Go(func() {
		for range 200 {
			s.ring("\a")
		}
	})
	all.Wait()
	if frames := strings.Count(out.String(), beginFrame+frame+endFrame); frames != 800 {
		t.Errorf("%d of 800 frames are whole", frames)
	}
	if rings := strings.Count(out.String(), "\a"); rings != 200 {
		t.Errorf("it rang %d times, want 200", rings)
	}
}
