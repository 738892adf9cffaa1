package control

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/gantry-cd/gantry/environments/internal/database"
)

// Secrets are a host's passwords. The host writes them, the client reads them to keep them out of logs.
type Secrets struct {
	Identity  string                        `json:"identity"` // tells this state directory from others on a shared server
	Read      Login                         `json:"read"`     // of the registry
	Write     Login                         `json:"write"`
	Databases map[string]database.Passwords `json:"databases,omitempty"` // by slot
}

// SecretsName is the file in a host's directory that holds its Secrets.
const SecretsName = "secrets.json"

// ReadSecrets reads the passwords of a directory; made is false when none were made yet.
func ReadSecrets(dir string) (s Secrets, made bool, err error) {
	err = ReadFile(filepath.Join(dir, SecretsName), &s)
	if errors.Is(err, fs.ErrNotExist) {
		return Secrets{}, false, nil
	}
	return s, err == nil, err
}

// Values are the secret strings themselves.
func (s Secrets) Values() []string {
	var values []string
	for _, v := range []string{s.Read.Password, s.Write.Password} {
		if v != "" {
			values = append(values, v)
		}
	}
	for _, p := range s.Databases {
		values = append(values, p.Owner, p.App)
	}
	return values
}
