// Package images makes OCI images and moves them: assembled from files, kept in a layout on disk, pushed to a registry,
// copied by digest from one registry to the next, and unpacked into a directory.
//
// Whatever moves goes by digest. Content is hashed on its way, a manifest is written after all that it refers to and
// read back afterwards, and no blob is ever held in memory.
package images
