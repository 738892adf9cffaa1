// Package docker is the platform of an Engine API: releases and migrations run as containers of a Docker daemon.
//
// What the daemon has no notion of is kept by the environment's host, as on the sandbox: the registry, the slots' stable
// addresses, which a deploy switches from the old container to the new one, and the databases. The host starts again what
// dies, and it outlives consoles and engines. A container outlives the host: the next one finds it by its labels.
//
// All containers of an environment are in a network of its own. They reach each other through the slots' addresses, which
// are open at the network's gateway for that network alone.
//
// A daemon that does not answer is no verdict on a release, and neither is a container that somebody else has killed.
package docker
