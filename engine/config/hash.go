package config

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
)

// Hash names what a service's configuration says, whatever its layout, its comments and the machine it lies on.
func Hash(s Service) string {
	s.Path, s.Line, s.Image.Line = "", 0, 0
	s.Build = withoutLines(s.Build)
	if s.ContractTests != nil {
		contract := withoutLines(*s.ContractTests)
		s.ContractTests = &contract
	}
	if s.Migrations != nil {
		migrations := *s.Migrations
		migrations.Line = 0
		s.Migrations = &migrations
	}
	for _, suite := range []**Suite{&s.Acceptance, &s.E2E} {
		if *suite != nil {
			clean := **suite
			clean.Line = 0
			*suite = &clean
		}
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("a service is plain data, and yet: %v", err))
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256(text))
}

func withoutLines(s Stage) Stage {
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		s.Steps[i].Line = 0
	}
	return s
}
