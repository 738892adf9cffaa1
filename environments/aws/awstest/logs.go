package awstest

import (
	"fmt"
	"os"
	"strings"
)

// written are the whole lines of a stream.
func (a *Account) written(stream string) (lines []string, known bool) {
	file, isProcess := a.logFiles[stream]
	if !isProcess {
		lines, known = a.logs[stream]
		return lines, known
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, false
	}
	lines = strings.Split(string(text), "\n")
	return lines[:len(lines)-1], true
}

func (a *Account) logEvents(in Object) (Object, *refusal) {
	lines, known := a.written(fmt.Sprintf("%s|%s", in["logGroupName"], in["logStreamName"]))
	if !known {
		return nil, &refusal{"ResourceNotFoundException", "The specified log stream does not exist."}
	}
	from := 0
	if token, has := in["nextToken"].(string); has {
		_, _ = fmt.Sscanf(token, "f/%d", &from)
	}
	events := []any{}
	for _, line := range lines[from:] {
		events = append(events, Object{"message": line, "timestamp": a.clock.Now().UnixMilli()})
	}
	return Object{"events": events, "nextForwardToken": fmt.Sprintf("f/%d", len(lines))}, nil
}

// filterLogEvents is a whole log group.
func (a *Account) filterLogEvents(in Object) (Object, *refusal) {
	lines, known := a.logs[in["logGroupName"].(string)]
	if !known {
		return nil, &refusal{"ResourceNotFoundException", "The specified log group does not exist."}
	}
	events := []any{}
	for _, line := range lines {
		events = append(events, Object{"message": line, "timestamp": a.clock.Now().UnixMilli()})
	}
	return Object{"events": events}, nil
}
