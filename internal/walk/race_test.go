//go:build race

package walk

// built says how the program under test is built: like the test itself.
var built = []string{"-race"}
