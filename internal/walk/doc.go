// Package walk drives the whole program from outside, as its users do: the
// walks in a browser, the accessibility checks, the leak crawl, the pages
// held to their golden copies. It has tests only.
package walk
