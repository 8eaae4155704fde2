package load

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// built is the hub that the tests kill, built once for all of them.
var built = sync.OnceValues(func() (string, error) {
	program := filepath.Join(programs, "hub")
	return program, build(context.Background(), program, "nmirfhub/cmd/hub")
})

var programs string // folder

func TestMain(m *testing.M) {
	var err error
	if programs, err = os.MkdirTemp("", "hub-load"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(programs)
	os.Exit(code)
}
