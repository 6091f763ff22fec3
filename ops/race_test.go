//go:build race

package ops_test

// raceDetector is set where sync.Pool forgets some of what it has, on purpose.
const raceDetector = true
