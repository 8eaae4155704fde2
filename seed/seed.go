// Package seed embeds the shipped content: vocabularies, questionnaires,
// States, glossary, spaces and the records with their translations. SOURCES.md says where it comes from.
package seed

import "embed"

// Files is the shipped content. "all:" is not used: a file of an editor that
// begins with a dot does not belong in the program.
//
//go:embed concepts.yaml glossary.yaml spaces.yaml states.json tilegrid.csv vocabulary questions records translations
var Files embed.FS
