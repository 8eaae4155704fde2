package api

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/gofiber/fiber/v2"
	"go.yaml.in/yaml/v3"
)

// openapi describes the API: OpenAPI 3.1, written as YAML.
//
//go:embed openapi.yaml
var openapi []byte

// description is the same as JSON.
var description = sync.OnceValues(func() ([]byte, error) {
	var d any
	if err := yaml.Unmarshal(openapi, &d); err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	return json.Marshal(d)
})

// describe answers with the description of the API.
func (a *API) describe(context.Context, asked) (any, error) {
	raw, err := description()
	return reply{file: &file{contentType: fiber.MIMEApplicationJSON, content: raw}}, err
}
