package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gantry-cd/gantry/environments/internal/proc"
)

// Address is what a host publishes about itself in its directory.
type Address struct {
	Name     string        `json:"name"`
	Protocol int           `json:"protocol"`
	URL      string        `json:"url"` // "http://127.0.0.1:4711"
	Token    string        `json:"token"`
	Process  proc.Identity `json:"process"`
	Platform string        `json:"platform,omitempty"`
}

// FileName is the file in a host's directory that holds its Address.
const FileName = "host.json"

// ReadAddress reads what the host of a directory published; nil when there is no host, or its process is gone.
func ReadAddress(dir string) (*Address, error) {
	var a Address
	err := ReadFile(filepath.Join(dir, FileName), &a)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !a.Process.Alive() {
		return nil, nil
	}
	return &a, nil
}

// ReadFile reads a JSON file of the sandbox.
func ReadFile(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s is not what the sandbox wrote: %w", path, err)
	}
	return nil
}

// WriteFile replaces a JSON file as a whole; nobody but the user may read it.
func WriteFile(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
