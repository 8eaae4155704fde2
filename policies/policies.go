// Package policies embeds the access policy and the matrix that it is held to.
package policies

import "embed"

// Files holds model.conf and policy.csv, which casbin reads, and matrix.csv,
// the independent second copy.
//
//go:embed model.conf policy.csv matrix.csv
var Files embed.FS
