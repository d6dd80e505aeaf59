// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"twiga/lib/admin/backup"
	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/object/dump"
	"twiga/lib/sysexits"
)

// backupFlags are what backup is told.
type backupFlags struct {
	manyFlags
	folder         string
	messages       []string
	incremental    bool
	recipients     []string
	recipientsFile string
}

// backup is "backup": it writes mailboxes into a repository.
func (a *app) backup() *cobra.Command {
	f := new(backupFlags)
	cmd := &cobra.Command{
		Use: "backup DIRECTORY|-", Short: "Back mailboxes up", Args: command.Exactly(1),
		Long: "Write mailboxes into a repository of backups, while they are used: all of one, or\n" +
			"what changed since its last backup. Each content is kept once. A backup that is\n" +
			"interrupted leaves the ones before as they were. - writes one mailbox to\n" +
			"standard output as a tar archive.",
		Example: "  twiga-storectl backup --all --incremental /var/backups/twiga",
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.folder, "folder", "", "only this folder and those below, such as INBOX or Lists/go")
	flags.StringSliceVar(&f.messages, "message", nil, "only the message with this number, such as 0x2a; may be repeated")
	flags.BoolVar(&f.incremental, "incremental", false, "only what changed since the last backup, where there is one")
	flags.StringSliceVar(&f.recipients, "recipient", nil, "encrypt to this public key of age(1); may be repeated")
	flags.StringVar(&f.recipientsFile, "recipients-file", "", "encrypt to the public keys in this file")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.valid(args[0]); err != nil {
			return sysexits.With(sysexits.Usage, err)
		}
		return a.runBackup(cmd, f, args[0])
	}
	return cmd
}

func (f *backupFlags) valid(dir string) error {
	part := f.folder != "" || len(f.messages) > 0
	switch {
	case f.manyFlags.valid() != nil:
		return f.manyFlags.valid()
	case f.folder != "" && len(f.messages) > 0:
		return errors.New("only one of --folder and --message")
	case (part || dir == "-") && !f.one():
		return errors.New("one of --user and --store is wanted")
	case f.incremental && (part || dir == "-"):
		return errors.New("--incremental is for whole mailboxes in a directory")
	}
	return nil
}

// backupJSON is a backup as it is told to programs.
type backupJSON struct {
	Mode      string            `json:"mode"`
	Backups   []backup.Manifest `json:"backups"`
	Blobs     int64             `json:"blobs"` // that were new
	Bytes     int64             `json:"bytes"` // written
	Directory bool              `json:"directory"`
	Seconds   float64           `json:"seconds"`
}

func (a *app) runBackup(cmd *cobra.Command, f *backupFlags, dir string) error {
	recipients := f.recipients
	if f.recipientsFile != "" {
		more, err := backup.ReadRecipients(f.recipientsFile)
		if err != nil {
			return sysexits.With(sysexits.NoInput, err)
		}
		recipients = append(recipients, more...)
	}
	settings, err := a.settings(cmd)
	if err != nil {
		return err
	}
	s, mode, end, err := a.reachStore(cmd, settings, object.LogonRequest{Role: object.RoleAdmin})
	if err != nil {
		return err
	}
	defer end()
	var w *backup.Writer
	if dir == "-" {
		w, err = backup.Stream(cmd.OutOrStdout(), recipients)
	} else {
		w, err = backup.Create(dir, recipients)
	}
	if err != nil {
		return backupError(err)
	}
	b := backuper{app: a, s: s, w: w, flags: f, stderr: cmd.ErrOrStderr()}
	b.done.Mode, b.done.Backups = mode, []backup.Manifest{}
	began := time.Now()
	err = a.eachOf(cmd, s, &f.manyFlags, "backing up", b.store)
	if err == nil && !f.one() {
		err = b.directory(cmd.Context(), began)
	}
	if cerr := w.Close(); err == nil {
		err = backupError(cerr)
	}
	if b.done.Seconds = time.Since(began).Seconds(); dir != "-" && len(b.done.Backups) > 0 {
		err = errors.Join(err, b.tell(cmd))
	}
	return err
}

func (b *backuper) tell(cmd *cobra.Command) error {
	if b.json {
		return b.told(cmd, b.done, "")
	}
	for i := range b.done.Backups {
		m := &b.done.Backups[i]
		note(cmd.OutOrStdout(), "%s: %s %06d, %d messages", who(m.Owner, text(m.Store)), m.What(), m.Sequence, m.Counts.Messages)
	}
	note(cmd.OutOrStdout(), "%d mailboxes backed up by %s: %s written, %d contents were new", len(b.done.Backups), by(b.done.Mode), sizeText(b.done.Bytes), b.done.Blobs)
	return nil
}

// backupError gives the errors of repositories their exit codes.
func backupError(err error) error {
	code := sysexits.IOErr
	switch {
	case err == nil:
		return nil
	case mapi.CodeOf(err) != mapi.GeneralFailure, errors.Is(err, context.Canceled), sysexits.Code(err) != sysexits.Failure:
		return err
	case errors.Is(err, backup.ErrNone):
		code = sysexits.NoInput
	case errors.Is(err, backup.ErrBusy):
		code = sysexits.TempFail
	case errors.Is(err, backup.ErrRecipients), errors.Is(err, backup.ErrSealed):
		code = sysexits.Usage
	case errors.Is(err, backup.ErrDamaged), errors.Is(err, backup.ErrVersion), errors.Is(err, dump.ErrDamaged), errors.Is(err, dump.ErrVersion):
		code = sysexits.DataErr
	case errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrPermission):
		code = sysexits.CantCreat
	}
	return sysexits.With(code, err)
}

// text is a text that is a name.
type text string

// String is the text.
func (t text) String() string { return string(t) }

// sizeText is a number of bytes for people.
func sizeText(n int64) string {
	const units = "kMGTP"
	if n < 10<<10 {
		return fmt.Sprintf("%d bytes", n)
	}
	value, unit := float64(n), -1
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", value, units[unit])
}
