// SPDX-License-Identifier: AGPL-3.0-or-later

package backup

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds the memory that reading a packed file takes.
const maxWindow = 64 << 20

// seal packs and encrypts what is written, for these recipients where there are any.
type seal struct{ recipients []age.Recipient }

// newSeal reads recipients: the public keys of age.
func newSeal(list []string) (seal, error) {
	if len(list) == 0 {
		return seal{}, nil
	}
	r, err := age.ParseRecipients(strings.NewReader(strings.Join(list, "\n")))
	if err != nil {
		return seal{}, fmt.Errorf("read recipients: %w", err)
	}
	return seal{r}, nil
}

// ext is the end of the names of such files.
func (s seal) ext() string {
	if len(s.recipients) > 0 {
		return packedExt + sealedExt
	}
	return packedExt
}

// write packs what the function writes.
func (s seal) write(w io.Writer, write func(io.Writer) error) error {
	var sealed io.WriteCloser
	if len(s.recipients) > 0 {
		var err error
		if sealed, err = age.Encrypt(w, s.recipients...); err != nil {
			return err
		}
		w = sealed
	}
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	if err := errors.Join(write(z), z.Close()); err != nil {
		return err
	}
	if sealed != nil {
		return sealed.Close()
	}
	return nil
}

// unseal reads a file whose name says how it is packed.
func unseal(r io.Reader, name string, identities []age.Identity) (io.ReadCloser, error) {
	if strings.HasSuffix(name, sealedExt) {
		if len(identities) == 0 {
			return nil, ErrSealed
		}
		var err error
		r, err = age.Decrypt(r, identities...)
		if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
			err = fmt.Errorf("%w: %w", err, ErrSealed)
		}
		if err != nil {
			return nil, fmt.Errorf("decrypt %s: %w", name, err)
		}
	}
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	return z.IOReadCloser(), nil
}

// ReadRecipients reads a file of recipients, one a line.
func ReadRecipients(name string) ([]string, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read recipients: %w", err)
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out, nil
}

// ReadIdentities reads files of identities as age-keygen(1) writes them.
func ReadIdentities(names []string) ([]age.Identity, error) {
	var out []age.Identity
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read identity: %w", err)
		}
		list, err := age.ParseIdentities(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("read identity %s: %w", name, err)
		}
		out = append(out, list...)
	}
	return out, nil
}
