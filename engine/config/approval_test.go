package config_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// delivery is the whole configuration under continuous delivery, with some text replaced.
func delivery(t testing.TB, pairs ...string) string {
	t.Helper()
	return edited(t, append([]string{`mode = "continuous-deployment"`, "mode = \"continuous-delivery\"\njustification = \"the auditors ask for it\""}, pairs...)...)
}

// asking are the environments in which a plan asks a person.
func asking(plan promotion.Plan) []string {
	var names []string
	for _, c := range plan.Columns {
		if c.Approval != nil {
			names = append(names, c.Name)
		}
	}
	return names
}

func TestUnderContinuousDeliverySomebodyIsAsked(t *testing.T) {
	for _, c := range []struct {
		situation string
		edits     []string
		want      []string
	}{
		{"in the protected environment", nil, []string{"prod"}},
		{"in the last one if none is protected", []string{"protected = true\n", ""}, []string{"prod"}},
		{"in each that is protected", []string{"publish_stub = true", "publish_stub = true\nprotected = true"}, []string{"qa", "prod"}},
		{"only where it is said, once it is said", []string{"publish_stub = true", "publish_stub = true\napproval = true"}, []string{"qa"}},
		{"not where it is refused", []string{"publish_stub = true", "publish_stub = true\nprotected = true\napproval = false"}, []string{"prod"}},
	} {
		t.Run(c.situation, func(t *testing.T) {
			if got := asking(planned(t, parsed(t, delivery(t, c.edits...)), "orders", config.PlanOptions{})); !slices.Equal(got, c.want) {
				t.Errorf("a person is asked in %v, want %v", got, c.want)
			}
		})
	}
}

func TestUnderContinuousDeploymentNobodyIsAsked(t *testing.T) {
	text := edited(t, "protected = true", "protected = true\napproval = false")
	if got := asking(planned(t, parsed(t, text), "orders", config.PlanOptions{})); len(got) > 0 {
		t.Errorf("a person is asked in %v", got)
	}
}

func TestAnApprovalSaysHowLongItCountsAndWhoMayGiveIt(t *testing.T) {
	text := delivery(t, "protected = true", "protected = true\napproval = { expires = \"24h\", four_eyes = true }")
	plan := planned(t, parsed(t, text), "orders", config.PlanOptions{})
	if got, want := plan.Columns[3].Approval, (promotion.Approval{Expires: promotion.Duration(24 * time.Hour), FourEyes: true}); got == nil || *got != want {
		t.Errorf("prod asks for %+v", got)
	}
}

func TestContinuousDeliveryThatAsksNobodyIsRefused(t *testing.T) {
	text := delivery(t, "protected = true", "protected = true\napproval = false")
	_, err := config.Parse("config.toml", text, root(t))
	want := fmt.Sprintf(`config.toml:%d: pipeline: mode is "continuous-delivery", but no environment asks for an approval: give one approval = true, or use mode = "continuous-deployment"`, lineOf(t, text, "mode", 1))
	if err == nil || err.Error() != want {
		t.Errorf("the problem is %v, want %s", err, want)
	}
}
