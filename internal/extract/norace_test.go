//go:build !race

package extract

// raceDetector says that the race detector watches, which takes memory.
const raceDetector = false
