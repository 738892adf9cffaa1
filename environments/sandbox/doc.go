// Package sandbox is the embedded platform: registries, services and databases of an environment on this machine, with
// no server to install and no Docker.
//
// Each environment lives in a process of its own, its host, which outlives consoles and engines. The host keeps the
// environment's OCI registry, starts services, gives each slot a stable address, and restarts what dies. Services run in
// sessions of their own: when a host dies they go on, and the next host adopts them.
//
// It is a process runtime, not a container. An image is unpacked into a directory and its entrypoint, looked up in that
// directory, runs as the user who runs Gantry: it sees this machine's files and network. What a service is kept from is
// other environments' addresses, variables and credentials, because it is started with its own and nothing else.
// Images must therefore be built for this machine.
//
// Databases are one SQLite file per slot, where the separation of schema owner and application is advisory (a file has
// one owner), or, with an administrator's URL of a Postgres server, one database and two roles per slot, where it is
// real and checked at each deploy.
//
// A sandbox that was taken down remembers what was live: looking at it starts nothing, and the first thing that needs a
// host makes the same releases live again.
//
// Everything listens on 127.0.0.1. Files are for the user alone (0600, directories 0700). Layout of a state directory:
//
//	environments/<name>/host.json      where the host is: address, pid, token
//	environments/<name>/state.json     what runs, and on which ports
//	environments/<name>/secrets.json   passwords of registry and databases
//	environments/<name>/registry/      images
//	environments/<name>/releases/      unpacked images that run
//	environments/<name>/databases/     SQLite files
//	environments/<name>/logs/          what services wrote
//	artifacts/                         the artifact store: a registry of its own, for stubs
package sandbox
