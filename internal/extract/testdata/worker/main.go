// Command worker reads files for the tests, as `hub worker` does for the hub.
package main

import (
	"context"
	"fmt"
	"os"

	"nmirfhub/internal/extract"
)

func main() {
	if err := extract.Work(context.Background(), os.Stdin, os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
