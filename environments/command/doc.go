// Package command is the platform of everything that has a command line: kubectl, helm, nomad, aws, docker compose, a script
// of one's own. Commands ask for a release, say what runs and take it away; whether a release is good is judged here, by
// what runs, never by how a command ended. docs/command.md is the contract.
package command
