//go:build race

package intake_test

// raceDetector says that the race detector watches, which takes memory.
const raceDetector = true
