package api

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// operation is what is described of a method at an address.
type operation struct {
	OperationID string `json:"operationId"`
	Summary     string
	Parameters  []map[string]any
	RequestBody map[string]any
	Responses   map[string]map[string]any
}

var placeholder = regexp.MustCompile(`:([a-z]+)`)

// TestDescribed: each address is described with its method, its parameters and
// the shape of what it answers, and nothing is described that is not there.
func TestDescribed(t *testing.T) {
	raw, err := description()
	if err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	follow := func(x map[string]any) map[string]any {
		ref, is := x["$ref"].(string)
		if !is {
			return x
		}
		var at any = d
		for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			m, _ := at.(map[string]any)
			at = m[part]
		}
		m, is := at.(map[string]any)
		if !is {
			t.Fatalf("%s leads nowhere", ref)
		}
		return m
	}
	described := map[string]operation{}
	ids := map[string]bool{}
	for path, item := range d["paths"].(map[string]any) {
		item := item.(map[string]any)
		shared, _ := item["parameters"].([]any)
		for method, op := range item {
			if method == "parameters" {
				continue
			}
			raw, _ := json.Marshal(op)
			var o operation
			if err := json.Unmarshal(raw, &o); err != nil {
				t.Fatal(err)
			}
			for _, p := range shared {
				o.Parameters = append(o.Parameters, p.(map[string]any))
			}
			if o.OperationID == "" || ids[o.OperationID] || o.Summary == "" {
				t.Errorf("%s %s has no name of its own: %q", method, path, o.OperationID)
			}
			ids[o.OperationID] = true
			described[strings.ToUpper(method)+" "+path] = o
		}
	}
	for _, x := range (&API{}).routes() {
		at := x.method + " " + placeholder.ReplaceAllString(x.path, "{$1}")
		o, is := described[at]
		if !is {
			t.Errorf("%s is not described", at)
			continue
		}
		delete(described, at)
		var query, path []string
		for _, p := range o.Parameters {
			p = follow(p)
			name, _ := p["name"].(string)
			switch p["in"] {
			case "query":
				query = append(query, name)
			case "path":
				path = append(path, name)
			}
			if p["schema"] == nil {
				t.Errorf("%s: %s has no shape", at, name)
			}
		}
		var in []string
		for _, m := range placeholder.FindAllStringSubmatch(x.path, -1) {
			in = append(in, m[1])
		}
		if !sameWords(query, x.query) || !sameWords(path, in) {
			t.Errorf("%s: described are %v and %v, looked at are %v and %v", at, query, path, x.query, in)
		}
		for status, r := range o.Responses {
			if content, _ := follow(r)["content"].(map[string]any); len(content) == 0 && status != "304" {
				t.Errorf("%s: nothing is said of the shape of %s", at, status)
			}
		}
		if len(o.Responses) < 2 || o.Responses["default"] == nil {
			t.Errorf("%s: answers are missing", at)
		}
	}
	for at := range described {
		t.Errorf("%s is described and not there", at)
	}
}

func sameWords(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
