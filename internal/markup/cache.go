package markup

import "sync"

// Cache keeps what was rendered of late: pages show the same texts again and
// again. It keeps two generations; a text that is not asked for during one is
// forgotten. The zero value is ready. Safe for concurrent use.
type Cache struct {
	mu          sync.Mutex
	young, old  map[string]HTML
	bytes, most int
}

// cacheBytes is how much of Markdown and HTML a generation holds.
const cacheBytes = 8 << 20

// Render is Render, from memory where it can be.
func (c *Cache) Render(text string) (HTML, error) {
	c.mu.Lock()
	out, known := c.young[text]
	if !known {
		if out, known = c.old[text]; known {
			c.keep(text, out)
		}
	}
	c.mu.Unlock()
	if known {
		return out, nil
	}
	out, err := Render(text)
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(text, out)
	return out, nil
}

// keep puts a text among the young. c.mu is held.
func (c *Cache) keep(text string, out HTML) {
	if c.most == 0 {
		c.most = cacheBytes
	}
	if size := len(text) + len(out); c.young == nil || c.bytes+size > c.most {
		c.old, c.young, c.bytes = c.young, map[string]HTML{}, 0
	}
	c.young[text] = out
	c.bytes += len(text) + len(out)
}
