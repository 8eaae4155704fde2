package toolkit

import (
	"encoding/json"
	"testing"

	"nmirfhub/internal/hub"
)

func TestWithout(t *testing.T) {
	reads := func(k hub.Kind, slug string) bool { return k == hub.Practice && slug == "open" }
	for in, want := range map[string]string{
		`{"type":"guide","capacity":"","readiness":"ready","practices":["closed","open"]}`: `{"type":"guide","capacity":"","readiness":"ready","practices":["open"]}`,
		`{"type":"guide","capacity":"","readiness":"ready","practices":["closed"]}`:        `{"type":"guide","capacity":"","readiness":"ready"}`,
		`{"type":"guide","capacity":"","readiness":"ready","practices":["open"]}`:          "",
		`{"type":"guide"}`: "",
	} {
		if got := without(json.RawMessage(in), reads); string(got) != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
