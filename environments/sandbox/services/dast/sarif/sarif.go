// Package sarif writes findings as SARIF 2.1.0, the format that code scanners share.
package sarif

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/gantry-cd/gantry/environments/sandbox/services/dast/probe"
)

type document struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []run  `json:"runs"`
}

type run struct {
	Tool    tool     `json:"tool"`
	Results []result `json:"results"`
}

type tool struct {
	Driver struct {
		Name  string `json:"name"`
		Rules []rule `json:"rules"`
	} `json:"driver"`
}

type rule struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Short text   `json:"shortDescription"`
}

type text struct {
	Text string `json:"text"`
}

type result struct {
	RuleID    string     `json:"ruleId"`
	Level     string     `json:"level"`
	Message   text       `json:"message"`
	Locations []location `json:"locations"`
}

type location struct {
	Physical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region *region `json:"region,omitempty"`
	} `json:"physicalLocation"`
	Logical []logical `json:"logicalLocations"`
}

type region struct {
	StartLine int `json:"startLine"`
}

type logical struct {
	FullyQualifiedName string `json:"fullyQualifiedName"`
}

// Write writes the findings to a file. contract is the OpenAPI document's path: findings point into it.
func Write(file, contract string, findings []probe.Finding) error {
	var r run
	r.Tool.Driver.Name = "gantry-dast"
	for _, known := range probe.Rules {
		r.Tool.Driver.Rules = append(r.Tool.Driver.Rules, rule{known.ID, known.Name, text{known.Why}})
	}
	r.Results = []result{} // none is an answer too
	for _, f := range findings {
		var at location
		at.Physical.Artifact.URI = contract
		if f.Line > 0 {
			at.Physical.Region = &region{f.Line}
		}
		at.Logical = []logical{{f.Operation}}
		r.Results = append(r.Results, result{f.Rule.ID, "error", text{f.Operation + ": " + f.Message}, []location{at}})
	}
	encoded, err := json.MarshalIndent(document{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []run{r}}, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the SARIF report: %w", err)
	}
	if err := os.WriteFile(file, append(encoded, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the SARIF report: %w", err)
	}
	return nil
}
