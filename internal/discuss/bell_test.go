package discuss_test

import (
	"fmt"
	"strings"
	"testing"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
)

// BenchmarkBell is what a page asks of what is new: for who has nothing new, and
// for who is to decide on as many proposals as wait in a thread at most, each as
// long as it may be.
func BenchmarkBell(b *testing.B) {
	r := newRoom(b)
	x := r.start(b, ana, "network", "How?")
	for n := range discuss.MaxProposals {
		v := somebody(fmt.Sprint("m", n), hub.RoleMember)
		r.propose(b, v, x, fmt.Sprint(n, strings.Repeat(" word", discuss.MaxPost/5-10)))
	}
	for name, v := range map[string]hub.Viewer{"Nothing": third, "Proposals": ana} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := r.CountNews(b.Context(), v, 10); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
