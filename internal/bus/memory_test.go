package bus_test

import (
	"testing"

	"nmirfhub/internal/bus"
	"nmirfhub/internal/bus/bustest"
)

func TestMemory(t *testing.T) {
	bustest.Run(t, func(*testing.T) (bus.Bus, bus.Bus) {
		m := &bus.Memory{}
		return m, m
	})
}
