package i18n

import (
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// numbers writes whole numbers in a language. Pages are full of small counts:
// those are written once, at the start.
type numbers struct {
	small   [1000]string
	printer *message.Printer
}

func newNumbers(tag language.Tag) *numbers {
	w := &numbers{printer: message.NewPrinter(tag)}
	for n := range w.small {
		w.small[n] = w.printer.Sprint(n)
	}
	return w
}

func (w *numbers) write(n int) string {
	if n >= 0 && n < len(w.small) {
		return w.small[n]
	}
	return w.printer.Sprint(n)
}
