package part

import (
	"github.com/a-h/templ"

	"nmirfhub/internal/markup"
)

// Safe shows HTML that package markup has made safe.
func Safe(h markup.HTML) templ.Component { return templ.Raw(string(h)) }
