// Package hub is the vocabulary of the Knowledge Hub: the words that every
// other package speaks. It holds types, codes, errors and ids, decides
// nothing, and imports the standard library only.
package hub
