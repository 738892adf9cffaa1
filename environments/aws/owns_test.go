package aws

import (
	"errors"
	"testing"
	"time"
)

func TestWhatAnEnvironmentOwnsIsWhatAmazonSays(t *testing.T) {
	w := newWorld(t, paced{from: time.Now(), pace: 25})
	got, err := w.Owns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"role": "arn:aws:sts::111122223333:assumed-role/gantry-dev", "ECS cluster": "111122223333 eu-central-1 acme", "ECR prefix": "111122223333 eu-central-1 dev"}
	if len(got) != len(want) {
		t.Errorf("it owns %v", got)
	}
	for _, one := range got {
		if one.ID != want[one.What] {
			t.Errorf("the %s is %q, want %q", one.What, one.ID, want[one.What])
		}
	}
	w.aws.Account = "444455556666"
	if _, err := w.Owns(t.Context()); !errors.Is(err, ErrAccount) {
		t.Errorf("of another account it is said %v", err)
	}
}
