package encode

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	commonpb "github.com/tink-crypto/tink-go/v2/proto/common_go_proto"
	prfpb "github.com/tink-crypto/tink-go/v2/proto/hmac_prf_go_proto"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"google.golang.org/protobuf/proto"
)

// KeyFile is what a project's key file holds. It lies outside the data folder, readable by its owner alone.
type KeyFile struct {
	Project string          `json:"project"`
	Epoch   uint32          `json:"epoch"` // counts up when the key is replaced; every token is made anew then
	Demo    bool            `json:"demo"`  // derived from a seed that anybody may know: refused for real data
	Keyset  json.RawMessage `json:"keyset"`
}

// KeyPath is where a project's key file lies under the user's configuration folder.
func KeyPath(configDir, project string) string {
	return filepath.Join(configDir, "throughline", "keys", project+".json")
}

// CreateKeys writes a new random master key for a project, in a folder of mode 0700 and a file of mode 0600. A file that is there
// stays as it is: losing a key loses every link ever made with it.
func CreateKeys(path, project string) error {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	return writeKeys(path, KeyFile{Project: project, Epoch: 1}, secret)
}

// CreateDemoKeys writes the key of an invented population, derived from its seed so that two demos with one seed agree.
func CreateDemoKeys(path, project string, seed uint64) error {
	secret, err := hkdf.Key(sha256.New, []byte(strconv.FormatUint(seed, 10)), nil, "throughline demo key", 32)
	if err != nil {
		return err
	}
	return writeKeys(path, KeyFile{Project: project, Epoch: 1, Demo: true}, secret)
}

func writeKeys(path string, f KeyFile, secret []byte) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	value, err := proto.Marshal(&prfpb.HmacPrfKey{Params: &prfpb.HmacPrfParams{Hash: commonpb.HashType_SHA256}, KeyValue: secret})
	if err != nil {
		return err
	}
	ks := &tinkpb.Keyset{PrimaryKeyId: f.Epoch, Key: []*tinkpb.Keyset_Key{{
		KeyData: &tinkpb.KeyData{TypeUrl: "type.googleapis.com/google.crypto.tink.HmacPrfKey", Value: value,
			KeyMaterialType: tinkpb.KeyData_SYMMETRIC},
		Status: tinkpb.KeyStatusType_ENABLED, KeyId: f.Epoch, OutputPrefixType: tinkpb.OutputPrefixType_RAW}}}
	var text bytes.Buffer
	if err := keyset.NewJSONWriter(&text).Write(ks); err != nil {
		return err
	}
	f.Keyset = text.Bytes()
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(append(b, '\n'))
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	// A link, unlike a rename, never takes the place of a key that another process has just made.
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// LoadKeys reads a project's key file. It refuses a file that others can read, a demo key for real data (demo false), and the key
// of another project.
func LoadKeys(path, project string, demo bool) (*Encoder, error) {
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no keys for project %q at %s\nhint: 'throughline init' makes them; to go on with links made before, bring back the file that made them", project, path)
	}
	if err != nil {
		return nil, err
	}
	if st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: others than its owner may read it (mode %04o)\nhint: chmod 600, and find out who had access", path, st.Mode().Perm())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var f KeyFile
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("%s: not a key file", path) // the cause may quote the key
	}
	if f.Project != project {
		return nil, fmt.Errorf("%s: the key of project %q, not of %q", path, f.Project, project)
	}
	if f.Demo && !demo {
		return nil, fmt.Errorf("%s: a demo key, which comes from a seed that anybody may know\nhint: move it away and run 'throughline init' for a real one", path)
	}
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Keyset)))
	if err != nil {
		return nil, fmt.Errorf("%s: the keyset can't be read", path)
	}
	set, err := prf.NewPRFSet(h)
	if err != nil {
		return nil, fmt.Errorf("%s: the keyset has no key for a pseudorandom function", path)
	}
	return New(project, f.Epoch, func(info string) ([]byte, error) { return set.ComputePrimaryPRF([]byte(info), 32) })
}
