package extract

import "github.com/tetratelabs/wazero/experimental"

// maxMemory is how much memory PDFium may have, in bytes.
const maxMemory = 256 << 20

// memory lends the WebAssembly machine its memory: a stretch of addresses of
// the greatest size, which costs what is touched, does not move when it grows
// and goes back to the system with each file. refused notes that more was
// asked for, which tells a file that is too large from one that is damaged.
type memory struct{ refused bool }

// Allocate: see experimental.MemoryAllocator.
func (m *memory) Allocate(_, _ uint64) experimental.LinearMemory {
	m.refused = false
	return &stretch{memory: m}
}

// stretch is the memory of one machine.
type stretch struct {
	memory *memory
	all    []byte
}

// Reallocate: see experimental.LinearMemory.
func (s *stretch) Reallocate(size uint64) []byte {
	if s.all == nil {
		s.all = reserve(maxMemory)
	}
	if size > uint64(len(s.all)) {
		s.memory.refused = true
		return nil
	}
	return s.all[:size]
}

// Free: see experimental.LinearMemory.
func (s *stretch) Free() {
	release(s.all)
	s.all = nil
}
