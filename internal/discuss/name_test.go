package discuss

import "testing"

func TestFirstName(t *testing.T) {
	for name, want := range map[string]string{
		"Ana Popescu": "Ana", "Dr Aïcha Diallo": "Aïcha", "Prof. Li Wei": "Li", "  Mme  Ndiaye ": "Ndiaye", "Mr": "Mr", "": "", "د سلمى العلوي": "سلمى", "王小明": "王小明",
		"H. E. Kofi Boateng": "Kofi", "Pneumonoultramicroscopicsilico Volcano": "Pneumonoultramicroscopic…",
	} {
		if got := firstName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
