package aws

import (
	"errors"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/environments/aws/awstest"
)

// The credentials come from where Amazon's SDK looks for them. What is wrong with them is told as such, whatever was asked for.
func TestWhatIsWrongWithTheCredentialsIsTold(t *testing.T) {
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for _, c := range []struct {
		name, key, secret string
		role              string // "" for the world's
		want              error
		says              string
	}{
		{"good ones", awstest.AccessKey, awstest.SecretKey, "", nil, ""},
		{"none", "", "", "", ErrCredentials, "start Gantry with AWS_ACCESS_KEY_ID"},
		{"somebody else's", "AKIAOTHER", "other", "", ErrTrust, "assume arn:aws:iam::111122223333:role/gantry-dev: AccessDenied"},
		{"for a role that there is not", awstest.AccessKey, awstest.SecretKey, "gantry-dve", ErrTrust, "role/gantry-dve"},
	} {
		t.Setenv("AWS_ACCESS_KEY_ID", c.key)
		t.Setenv("AWS_SECRET_ACCESS_KEY", c.secret)
		t.Setenv("AWS_SESSION_TOKEN", "")
		w := onInstant(t)
		if c.role != "" {
			w.configured.AWS.Role = at.Role(c.role)
		}
		_, err := New(w.configured).Live(t.Context(), w.slot)
		if c.want == nil && err == nil {
			continue
		}
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "operation error STS") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
