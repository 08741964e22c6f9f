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
	names, err := fs.Glob(files, "sql/*.sql") // in order of name
	if err != nil {
		panic(err) // the pattern is right
	}
	for _, f := range names {
		text, err := fs.ReadFile(files, f)
		if err != nil {
			panic(err) // embedded
		}
		fmt.Fprintf(h, "%s\x00%d\x00", f, len(text))
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil))
}
