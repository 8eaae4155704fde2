package seeding

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// lineOf is the line of a field in an entry: "texts.fr.title", or "stage",
// which is looked for in the body too. It is the line of the deepest part
// that is there.
func lineOf(n *yaml.Node, field string) int {
	keys := strings.Split(field, ".")
	if at, found := descend(n, keys); found {
		return at
	}
	if body, _ := child(n, "body"); body != nil {
		if at, found := descend(body, keys); found {
			return at
		}
	}
	at, _ := descend(n, keys)
	return at
}

// descend follows keys as far as they lead.
func descend(n *yaml.Node, keys []string) (line int, found bool) {
	line = n.Line
	for _, key := range keys {
		next, at := child(n, key)
		if next == nil {
			return line, false
		}
		n, line = next, at
	}
	return line, true
}

// child is the value of a key of a mapping, or an item of a sequence by its
// number, with the line on which the key or item begins; nil when it is not
// there.
func child(n *yaml.Node, key string) (value *yaml.Node, line int) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1], n.Content[i].Line
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i].Line
		}
	}
	return nil, 0
}

// keyLine is the line of the first key of that name, at any depth.
func keyLine(n *yaml.Node, key string) int {
	if n.Kind == yaml.MappingNode {
		for i := 0; i < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i].Line
			}
		}
	}
	for _, c := range n.Content {
		if at := keyLine(c, key); at > 0 {
			return at
		}
	}
	return 0
}

// What the decoder says of a key that it does not know, and of a value of the
// wrong type: "line 7: field colour not found in type seeding.entry".
var (
	unknownKey = regexp.MustCompile(`field (\S+) not found in type`)
	wrongType  = regexp.MustCompile(`line (\d+): cannot unmarshal (\S+)(?: .*)? into (\S+)`)
)

// undecoded names the line and field of an entry that could not be read.
func undecoded(n *yaml.Node, err error) *Problem {
	p := &Problem{Line: n.Line, Record: slugOf(n), Say: err.Error()}
	if m := unknownKey.FindStringSubmatch(err.Error()); m != nil {
		p.Field, p.Say = m[1], "there is no such field: check its spelling"
		if at := keyLine(n, m[1]); at > 0 {
			p.Line = at
		}
	}
	var typed *yaml.TypeError
	if errors.As(err, &typed) && p.Field == "" {
		if m := wrongType.FindStringSubmatch(typed.Errors[0]); m != nil {
			p.Line, _ = strconv.Atoi(m[1])
			p.Field, p.Say = fieldAt(n, p.Line), "the value is of the wrong kind: text where a list is wanted, or the other way"
		}
	}
	return p
}

// fieldAt is the path of the deepest field that begins on a line.
func fieldAt(n *yaml.Node, line int) string {
	if n.Kind != yaml.MappingNode {
		return ""
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Line == line || value.Line == line {
			return strings.TrimSuffix(key.Value+"."+fieldAt(value, line), ".")
		}
		if below := fieldAt(value, line); below != "" {
			return key.Value + "." + below
		}
	}
	return ""
}
