package charset

import (
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

func TestGuess(t *testing.T) {
	for _, c := range []struct {
		name string
		e    encoding.Encoding
		text string
	}{
		{"French", charmap.Windows1252, "Mécanisme national d’élaboration des rapports à l’Examen périodique universel"},
		{"Spanish", charmap.Windows1252, "Sistema de monitoreo de recomendaciones: año de aplicación"},
		{"Arabic", charmap.Windows1256, "الآليات الوطنية للتنفيذ والإبلاغ والمتابعة"},
		{"Russian", charmap.KOI8R, "Национальные механизмы осуществления и отчётности"},
		{"RussianWindows", charmap.Windows1251, "Национальные механизмы осуществления и отчётности"},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw, err := c.e.NewEncoder().String(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := Decode(Guess([]byte(raw)), []byte(raw)); got != c.text {
				t.Errorf("got %q, want %q", got, c.text)
			}
		})
	}
}
