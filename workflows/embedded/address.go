package embedded

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

const (
	addressFile = "address.json"
	lockFile    = "lock"
)

// Address is where a running server listens. It stands in a file in the temporal folder that its owner alone may read.
type Address struct {
	Frontend  string `json:"frontend"`     // host:port for clients and workers
	UI        string `json:"ui,omitempty"` // the web page's URL; empty when there is none
	Namespace string `json:"namespace"`
	PID       int    `json:"pid"`    // of the process that runs the server
	Worker    bool   `json:"worker"` // whether that process carries out runs too, or only looks something up
}

// write puts the address where Find looks for it.
func (a Address) write(dir string) error {
	b, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	return writeSynced(filepath.Join(dir, addressFile), append(b, '\n'))
}

// Find tells where the server on a folder listens; false when none runs, whatever a server that died has left behind, or when
// one is just starting.
func Find(dir string) (Address, bool) {
	b, err := os.ReadFile(filepath.Join(dir, addressFile))
	if err != nil {
		return Address{}, false
	}
	var a Address
	if json.Unmarshal(b, &a) != nil || !locked(dir) {
		return Address{}, false
	}
	return a, true
}

// acquire takes the folder's lock; it ends with the process.
func acquire(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrRunning
		}
		return nil, err
	}
	_ = os.Remove(filepath.Join(dir, addressFile)) // of a server that died
	return f, nil
}

// locked reports whether a process holds the folder's lock.
func locked(dir string) bool {
	f, err := os.Open(filepath.Join(dir, lockFile))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
