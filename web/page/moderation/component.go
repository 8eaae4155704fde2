package moderation

import "github.com/a-h/templ"

// Component is a part of a page that another package makes.
type Component = templ.Component
