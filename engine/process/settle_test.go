package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

func TestWhatWasWrittenCanBeRunWhileOthersStart(t *testing.T) {
	program, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Skip("gantry needs /bin/true: ", err)
	}
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 40 {
				path := filepath.Join(t.TempDir(), fmt.Sprint(worker, "-", i))
				if err := os.WriteFile(path, program, 0o700); err != nil {
					t.Error(err)
					return
				}
				Settle()
				if err := exec.Command(path).Run(); err != nil {
					t.Errorf("worker %d, round %d: %v", worker, i, err)
				}
			}
		})
	}
	all.Wait()
}
