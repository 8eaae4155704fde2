package exchange

import "testing"

func TestCell(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Ana": "Ana", "=1+1": "'=1+1", "+373": "'+373", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "a=b": "a=b", "آلية": "آلية",
	} {
		if got := Cell(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
