//go:build !race

package bibliography

const slowed = 1
