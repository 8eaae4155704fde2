package nats_test

import (
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"nmirfhub/internal/bus"
	"nmirfhub/internal/bus/bustest"
	"nmirfhub/internal/bus/nats"
)

// serve starts a NATS server on a port, or on one that is free.
func serve(t *testing.T, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("NATS does not start")
	}
	t.Cleanup(s.Shutdown)
	return s
}

func join(t *testing.T, url string) *nats.Bus {
	t.Helper()
	b, err := nats.Open(url, func(bool, error) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestNATS(t *testing.T) {
	s := serve(t, server.RANDOM_PORT)
	bustest.Run(t, func(t *testing.T) (bus.Bus, bus.Bus) {
		a, b := join(t, s.ClientURL()), join(t, s.ClientURL())
		for _, x := range []*nats.Bus{a, b} {
			if err := x.Connected(); err != nil {
				t.Fatal(err)
			}
		}
		return a, b
	})
}

// TestAway: without NATS one hears oneself at once, and is told to read the
// store; when it comes, everybody hears everybody.
func TestAway(t *testing.T) {
	s := serve(t, server.RANDOM_PORT)
	a, b := join(t, s.ClientURL()), join(t, s.ClientURL())
	if err := b.Connected(); err != nil {
		t.Fatal(err)
	}
	s.Shutdown()
	s.WaitForShutdown()
	own, lost := make(chan bus.Hint, 100), make(chan bus.Hint, 100)
	defer a.Listen(func(h bus.Hint) { own <- h })()
	defer b.Listen(func(h bus.Hint) { lost <- h })()
	a.Publish(bus.Hint{Topic: "thread:x", Seq: 4})
	wait(t, own, bus.Hint{Topic: "thread:x", Seq: 4})
	wait(t, lost, bus.Hint{})
	if a.Connected() == nil {
		t.Error("NATS is away and answers")
	}
	if _, err := nats.Open("nats://[::1", func(bool, error) {}); err == nil {
		t.Error("an address that is none is joined")
	}
}

// wait waits until a hint comes.
func wait(t *testing.T, from chan bus.Hint, want bus.Hint) {
	t.Helper()
	for end := time.After(10 * time.Second); ; {
		select {
		case got := <-from:
			if got == want {
				return
			}
		case <-end:
			t.Fatalf("%+v did not come", want)
		}
	}
}

// TestReturn: hints that were lost while NATS was away are made good by one
// that says so.
func TestReturn(t *testing.T) {
	first := serve(t, server.RANDOM_PORT)
	port := first.Addr().(*net.TCPAddr).Port
	b := join(t, first.ClientURL())
	if err := b.Connected(); err != nil {
		t.Fatal(err)
	}
	heard := make(chan bus.Hint, 1000)
	defer b.Listen(func(h bus.Hint) { heard <- h })()
	first.Shutdown()
	first.WaitForShutdown()
	second := serve(t, port)
	wait(t, heard, bus.Hint{Edit: true})
	a := join(t, second.ClientURL())
	if err := a.Connected(); err != nil {
		t.Fatal(err)
	}
	a.Publish(bus.Hint{Topic: "thread:x", Seq: 9})
	wait(t, heard, bus.Hint{Topic: "thread:x", Seq: 9})
}
