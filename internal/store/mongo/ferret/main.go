// Command ferret serves FerretDB v1 on the loopback address: the MongoDB wire
// peer of the tests where no MongoDB is at hand, over SQLite, or over a
// PostgreSQL that bears more load. It is a module of its own, so that what
// FerretDB needs never enters the hub's. It loses concurrent updates and is not
// for data that anybody wants to keep.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	address := flag.String("listen", "127.0.0.1:0", "address to listen on; port 0 for one that is free")
	folder := flag.String("dir", "", "existing folder for the data")
	postgres := flag.String("postgres", "", "URL of a PostgreSQL database for the data, instead of a folder")
	flag.Parse()
	if err := run(*address, *folder, *postgres); err != nil {
		fmt.Fprintln(os.Stderr, "ferret:", err)
		os.Exit(1)
	}
}

// run serves until the standard input ends or a signal comes. The first line
// of the standard output is the address as a MongoDB URI, once it listens.
func run(address, folder, postgres string) error {
	c := ferretdb.Config{ // sends no telemetry: the embedded form turns it off
		Listener:      ferretdb.ListenerConfig{TCP: address},
		Handler:       "postgresql",
		PostgreSQLURL: postgres,
		Logger:        slog.New(slog.DiscardHandler),
	}
	if postgres == "" {
		folder, err := filepath.Abs(folder)
		if err != nil {
			return err
		}
		if st, err := os.Stat(folder); err != nil || !st.IsDir() {
			return fmt.Errorf("no folder %s for the data: name one with -dir", folder)
		}
		c.Handler, c.SQLiteURL = "sqlite", "file:"+filepath.ToSlash(folder)+"/"
	}
	f, err := ferretdb.New(&c)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() {
		io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	go func() { fmt.Println(f.MongoDBURI()) }() // it waits until Run listens
	return f.Run(ctx)
}
