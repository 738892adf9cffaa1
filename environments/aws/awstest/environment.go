package awstest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// environmentOf is what a container sees, with the secrets that its definition only refers to. An error says why the task
// cannot be started.
func (a *Account) environmentOf(container Object) ([]string, error) {
	var env []string
	variables, _ := container["environment"].([]any)
	for _, v := range variables {
		env = append(env, fmt.Sprintf("%s=%s", v.(Object)["name"], v.(Object)["value"]))
	}
	secrets, _ := container["secrets"].([]any)
	for _, s := range secrets {
		from, _ := s.(Object)["valueFrom"].(string)
		value, err := a.secretAt(from)
		if err != nil {
			return nil, fmt.Errorf("ResourceInitializationError: unable to pull secrets or registry auth: %w", err)
		}
		env = append(env, fmt.Sprintf("%s=%s", s.(Object)["name"], value))
	}
	return append(env, "HOST=127.0.0.1"), nil // nothing of a test is reached from outside
}

// secretAt is the value at an ARN: of a parameter, or of a secret with the key in it, as in "…:secret:orders-AbCdEf:url::".
func (a *Account) secretAt(arn string) (string, error) {
	if path, is := strings.CutPrefix(arn, a.at.ARN("ssm", "parameter")); is {
		if value, known := a.parameters["ssm:"+path]; known {
			return value, nil
		}
	}
	for reference, value := range a.parameters {
		kind, name, _ := strings.Cut(reference, ":")
		rest, is := strings.CutPrefix(arn, a.secretARN(name))
		if kind != "secretsmanager" || !is || rest != "" && rest[0] != ':' {
			continue
		}
		key := strings.TrimSuffix(strings.TrimPrefix(rest, ":"), "::")
		if key == "" {
			return value, nil
		}
		fields := map[string]string{}
		if err := json.Unmarshal([]byte(value), &fields); err != nil {
			return "", fmt.Errorf("%s is no JSON: %w", arn, err)
		}
		if value, has := fields[key]; has {
			return value, nil
		}
	}
	return "", fmt.Errorf("%s was not found", arn)
}
