package extract

import (
	"bytes"
	"fmt"
)

// Check says whether a file is what the extension of its name says, and within
// the limits of its kind, without reading its text: a look at its first bytes,
// and of a container at its directory. Errors as Pool.Extract's; of a file
// under a password ErrEncrypted.
func Check(name string, data []byte) error {
	k, err := kindOf(name)
	if err != nil {
		return err
	}
	switch {
	case len(data) == 0:
		return fmt.Errorf("%w: no content", ErrDamaged)
	case k == kindText:
		_, err := decode(data)
		return err
	case k == kindPDF && bytes.HasPrefix(trimStart(data), magicPDF), k.picture() && bytes.HasPrefix(data, magicOf[k]):
		return nil
	case k == kindPDF || k.picture():
	case bytes.HasPrefix(data, magicZip):
		return checkContainer(k, data)
	case bytes.HasPrefix(data, magicCompound) && bytes.Contains(data, encryptedPackage):
		return ErrEncrypted
	}
	return fmt.Errorf("%w: the content is no %s", ErrUnsupported, k)
}

func checkContainer(k kind, data []byte) error {
	c, err := openContainer(data)
	if err != nil {
		return err
	}
	found, _, err := c.kind()
	if err == nil && found != k {
		err = fmt.Errorf("%w: the content is no %s", ErrUnsupported, k)
	}
	return err
}
