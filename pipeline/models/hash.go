package models

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
)

// Hash is the SHA-256 (hex) over all SQL models: part of a run's id, since other models may give other tables.
func Hash() string {
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(f string, d fs.DirEntry, err error) error { // in order of name
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, f)
		fmt.Fprintf(h, "%s\x00%d\x00", f, len(text))
		h.Write(text)
		return err
	})
	if err != nil {
		panic(err) // embedded
	}
	return hex.EncodeToString(h.Sum(nil))
}
