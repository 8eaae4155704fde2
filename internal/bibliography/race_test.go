//go:build race

package bibliography

// slowed is how much longer the race detector makes reading take.
const slowed = 8
