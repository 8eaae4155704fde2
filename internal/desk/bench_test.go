package desk_test

import (
	"fmt"
	"testing"

	"nmirfhub/internal/desk"
	"nmirfhub/internal/hub"
)

// BenchmarkWaiting is the desk with a queue of 500 records, its first page.
func BenchmarkWaiting(b *testing.B) {
	p := newPlace(b)
	for n := range 500 {
		p.submitted(b, fmt.Sprint(n), hub.English)
	}
	b.ResetTimer()
	for b.Loop() {
		if _, err := p.Waiting(ctx, p.marta, desk.Filter{Limit: 20}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFigures is the sheet of 26 weeks while the present one has 500
// records, as it is read, and as it is counted.
func BenchmarkFigures(b *testing.B) {
	p := newPlace(b)
	for n := range 500 {
		p.submitted(b, fmt.Sprint(n), hub.English)
	}
	for name, step := range map[string]bool{"Read": false, "Counted": true} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if step {
					p.now = p.now.Add(61e9)
				}
				if _, err := p.Figures(ctx, p.marta); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
