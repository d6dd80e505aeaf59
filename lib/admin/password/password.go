// SPDX-License-Identifier: AGPL-3.0-or-later

// Package password asks for the password of a user where the flags of a command
// line say: a terminal, standard input, a file, or chance. It never stands on
// the command line itself, which every user of the machine can read.
package password

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"twiga/lib/sysexits"
)

const (
	maxPassword = 1024 // bytes
	// A generated password has 20 characters of these: 114 bits.
	generatedLength   = 20
	generatedAlphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
)

// Flags say where a password comes from.
type Flags struct {
	stdin    bool
	file     string
	Generate bool // make a new one for each user
	none     bool

	known string // the one that was read, for the next user
}

// Add gives a command the flags for a new password; none: with one for no
// password at all.
func (p *Flags) Add(cmd *cobra.Command, none bool) {
	p.AddSource(cmd)
	cmd.Flags().BoolVar(&p.Generate, "generate-password", false, "make a random password and print it once")
	if none {
		cmd.Flags().BoolVar(&p.none, "no-password", false, "set none: the user cannot log on")
	}
}

// AddSource gives a command the flags that say where a password is read.
func (p *Flags) AddSource(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&p.stdin, "password-stdin", false, "read the password from the first line of standard input")
	f.StringVar(&p.file, "password-file", "", "read the password from the first line of a file")
}

// check says whether the flags name one place at most.
func (p *Flags) check() error {
	n := 0
	for _, given := range []bool{p.stdin, p.file != "", p.Generate, p.none} {
		if given {
			n++
		}
	}
	if n > 1 {
		return sysexits.With(sysexits.Usage, errors.New("read password: more than one flag says where it comes from"))
	}
	return nil
}

// Given says whether a flag says where the password comes from.
func (p *Flags) Given() bool { return p.stdin || p.file != "" || p.Generate || p.none }

// Next gets the password for a user: a generated one is new each time, any
// other is asked for once.
func (p *Flags) Next(cmd *cobra.Command, user string) (string, error) {
	if err := p.check(); err != nil {
		return "", err
	}
	if p.Generate {
		return Generate()
	}
	if p.none || p.known != "" {
		return p.known, nil
	}
	password, err := p.read(cmd, user)
	p.known = password
	return password, err
}

// read gets the password from where the flags say.
func (p *Flags) read(cmd *cobra.Command, user string) (string, error) {
	switch {
	case p.file != "":
		f, err := os.Open(p.file)
		if err != nil {
			return "", sysexits.With(sysexits.NoInput, fmt.Errorf("read password: %w", err))
		}
		defer f.Close()
		return firstLine(f)
	case p.stdin:
		return firstLine(cmd.InOrStdin())
	}
	in, ok := cmd.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", sysexits.With(sysexits.Usage, errors.New("no terminal to ask for the password on: use --password-stdin, --password-file or --generate-password"))
	}
	return prompt(cmd.ErrOrStderr(), in, user)
}

// prompt asks twice.
func prompt(out io.Writer, in *os.File, user string) (string, error) {
	ask := func(text string) (string, error) {
		_, _ = fmt.Fprint(out, text)
		b, err := term.ReadPassword(int(in.Fd()))
		_, _ = fmt.Fprintln(out)
		if err != nil {
			return "", fmt.Errorf("read password: %w", err)
		}
		return string(b), nil
	}
	first, err := ask("Password for " + user + ": ")
	if err != nil {
		return "", err
	}
	again, err := ask("Again: ")
	switch {
	case err != nil:
		return "", err
	case first != again:
		return "", sysexits.With(sysexits.DataErr, errors.New("read password: the two differ"))
	}
	return first, checkPassword(first)
}

// firstLine reads a password up to the end of its line.
func firstLine(r io.Reader) (string, error) {
	line, err := readLine(r)
	if err != nil {
		return "", sysexits.With(sysexits.NoInput, fmt.Errorf("read password: %w", err))
	}
	password := string(bytes.TrimRight(line, "\r\n"))
	return password, checkPassword(password)
}

// readLine reads a line and not a byte more, since a message may follow.
func readLine(r io.Reader) ([]byte, error) {
	var line []byte
	var b [1]byte
	for len(line) < maxPassword+2 {
		n, err := r.Read(b[:])
		if n > 0 {
			if line = append(line, b[0]); b[0] == '\n' {
				return line, nil
			}
		}
		if errors.Is(err, io.EOF) {
			return line, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return line, nil
}

func checkPassword(s string) error {
	var err error
	switch {
	case s == "":
		err = errors.New("read password: it is empty")
	case len(s) > maxPassword:
		err = fmt.Errorf("read password: it has more than %d bytes", maxPassword)
	case strings.ContainsRune(s, 0):
		err = errors.New("read password: it has a NUL character")
	}
	if err != nil {
		return sysexits.With(sysexits.DataErr, err)
	}
	return nil
}

// Generate makes a random password without characters that look alike.
func Generate() (string, error) {
	out := make([]byte, 0, generatedLength)
	var b [1]byte
	for len(out) < generatedLength {
		if _, err := rand.Read(b[:]); err != nil {
			return "", fmt.Errorf("make password: %w", err)
		}
		if limit := 256 / len(generatedAlphabet) * len(generatedAlphabet); int(b[0]) < limit {
			out = append(out, generatedAlphabet[int(b[0])%len(generatedAlphabet)])
		}
	}
	return string(out), nil
}
