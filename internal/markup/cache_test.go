package markup

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestCache(t *testing.T) {
	c := Cache{most: 1000}
	var all sync.WaitGroup
	for who := range 4 {
		all.Go(func() {
			for n := range 200 {
				text := fmt.Sprintf("**%d** %d", n%50, who%2)
				want, err := Render(text)
				if err != nil {
					t.Error(err)
				}
				if got, err := c.Render(text); err != nil || got != want {
					t.Errorf("%q: %q, %v", text, got, err)
				}
			}
		})
	}
	all.Wait()
	if c.bytes > 1000 || len(c.young)+len(c.old) == 0 {
		t.Errorf("%d bytes in %d texts", c.bytes, len(c.young))
	}
	if _, err := c.Render(strings.Repeat("> ", 40) + "x"); err == nil {
		t.Error("what cannot be rendered is kept")
	}
	if _, err := c.Render(strings.Repeat("x", 5000)); err != nil { // more than it may hold
		t.Error(err)
	}
}
