// Command provider serves a real OpenID provider on the loopback address, for
// the walks of a sign-in there. It is a module of its own, so that what it
// needs never enters the hub's. Its accounts all have one password.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

func main() {
	callback := flag.String("callback", "", "address that the one client is registered with; required")
	id := flag.String("client", "hub", "id of the client")
	secret := flag.String("secret", "", "secret of the client")
	password := flag.String("password", "", "of every account")
	flag.Parse()
	if err := run(*callback, *id, *secret, accounts(*password)); err != nil {
		fmt.Fprintln(os.Stderr, "provider:", err)
		os.Exit(1)
	}
}

// accounts has an account for every address there could be. The addresses that
// begin with "unverified." are not verified.
type accounts string

// GetUserByUsername is storage.UserStore's.
func (a accounts) GetUserByUsername(name string) *storage.User { return a.GetUserByID(name) }

// GetUserByID is storage.UserStore's: the id is the address.
func (a accounts) GetUserByID(id string) *storage.User {
	return &storage.User{ID: id, Username: id, Password: string(a), Email: id, EmailVerified: !strings.HasPrefix(id, "unverified.")}
}

// ExampleClientID is storage.UserStore's.
func (accounts) ExampleClientID() string { return storage.ServiceUserID }

// run serves until the standard input ends or a signal comes. The first line
// of the standard output is the issuer, once it listens. Its host is the name
// of this machine, so that it is another site than a hub on 127.0.0.1.
func run(callback, id, secret string, users accounts) error {
	if callback == "" || secret == "" || users == "" {
		return errors.New("give -callback, -secret and -password")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	issuer := "http://localhost:" + port
	storage.RegisterClients(storage.WebClient(id, secret, callback))
	quiet := slog.New(slog.DiscardHandler)
	server := &http.Server{Handler: exampleop.SetupServer(issuer, storage.NewStorage(users), quiet, false), ReadHeaderTimeout: 5 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() {
		io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	fmt.Println(issuer)
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
