// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"twiga/lib/admin/backup"
	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// restoreFlags are what restore is told.
type restoreFlags struct {
	manyFlags
	at         string
	into       string
	below      string
	folder     string
	messages   []string
	replace    bool
	identities []string
}

// restore is "restore": it brings back what was backed up.
func (a *app) restore() *cobra.Command {
	f := new(restoreFlags)
	cmd := &cobra.Command{
		Use: "restore DIRECTORY|-", Short: "Bring back mailboxes from a backup, or what was in them", Args: command.Exactly(1),
		Long: "Bring back a mailbox as it was, with all numbers that clients know it by, and give\n" +
			"it to its owner; or, with --folder, --message or --below, put what was in it into\n" +
			"a mailbox that is there. What is there already is skipped.",
		Example: "  twiga-storectl restore --user anna --at 2026-11-01 --folder Projects /var/backups/twiga",
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.all, "all", false, "all mailboxes that have backups")
	flags.StringVar(&f.user, "user", "", "the mailbox that this user had")
	flags.StringVar(&f.store, "store", "", "the mailbox with this GUID")
	flags.StringVar(&f.at, "at", "latest", "as it was at this time: 2026-11-01, \"2026-11-01 15:04\" or as in RFC 3339")
	flags.StringVar(&f.into, "into-user", "", "give it to this user, or put it into this user's mailbox")
	flags.StringVar(&f.below, "below", "", "put it below this folder of a mailbox that is there; the folder is made where it is missing")
	flags.StringVar(&f.folder, "folder", "", "only this folder and those below, such as INBOX or Lists/go")
	flags.StringSliceVar(&f.messages, "message", nil, "only the message with this number, such as 0x2a; may be repeated")
	flags.BoolVar(&f.replace, "replace", false, "in place of the mailbox that the owner has, which becomes an orphan, or of an orphan of the same GUID, which is removed")
	flags.StringSliceVar(&f.identities, "identity", nil, "file of the identity that opens an encrypted backup; may be repeated")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.valid(args[0]); err != nil {
			return sysexits.With(sysexits.Usage, err)
		}
		return a.runRestore(cmd, f, args[0])
	}
	return cmd
}

func (f *restoreFlags) part() bool { return f.below != "" || f.folder != "" || len(f.messages) > 0 }

func (f *restoreFlags) valid(dir string) error {
	switch {
	case f.manyFlags.valid() != nil:
		return f.manyFlags.valid()
	case !f.all && !f.one() && dir != "-":
		return errors.New("one of --user, --store and --all is wanted")
	case f.all && (f.part() || f.into != ""):
		return errors.New("--all is for whole mailboxes that go back to their owners")
	case f.folder != "" && len(f.messages) > 0:
		return errors.New("only one of --folder and --message")
	case f.part() && f.replace:
		return errors.New("--replace is for whole mailboxes")
	}
	_, err := moment(f.at)
	return err
}

// moment reads a time; a day is all of it. The zero time is the last.
func moment(s string) (time.Time, error) {
	if s == "latest" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, time.Local); err == nil {
		return t.AddDate(0, 0, 1).Add(-1), nil
	}
	for _, layout := range []string{time.DateTime, "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--at %q: no time", s)
}

// restoredJSON is a mailbox that was restored, as it is told to programs.
type restoredJSON struct {
	Store    string    `json:"store"` // where it is now
	Owner    string    `json:"owner"`
	From     string    `json:"from"` // the mailbox that was backed up
	Created  time.Time `json:"created"`
	Dumps    int       `json:"dumps"`
	Folders  int64     `json:"folders"`
	Messages int64     `json:"messages"`
	Skipped  int64     `json:"skipped"`
	Blobs    int64     `json:"blobs"` // that were not there
	Existed  bool      `json:"existed,omitempty"`
}

func (a *app) runRestore(cmd *cobra.Command, f *restoreFlags, dir string) error {
	repo, done, err := openBackups(cmd, dir, f.identities)
	if err != nil {
		return err
	}
	defer done()
	settings, err := a.settings(cmd)
	if err != nil {
		return err
	}
	chosen, bad, err := f.choose(repo)
	if err != nil {
		return backupError(err)
	}
	s, mode, end, err := a.reachStore(cmd, settings, object.LogonRequest{Role: object.RoleAdmin})
	if err != nil {
		return err
	}
	defer end()
	r := restorer{app: a, s: s, repo: repo, flags: f, stderr: cmd.ErrOrStderr()}
	results := []restoredJSON{}
	failed := len(bad)
	for _, err := range bad {
		note(cmd.ErrOrStderr(), "%v", err)
	}
	for _, c := range chosen {
		err := r.restore(cmd.Context(), c)
		if err != nil {
			err = backupError(fmt.Errorf("restore mailbox %s: %w", who(c.last().Owner, text(c.last().Store)), err))
		}
		switch {
		case err != nil && (len(chosen) == 1 || cmd.Context().Err() != nil || isAway(err)):
			return err
		case err != nil:
			failed++
			note(cmd.ErrOrStderr(), "%v", err)
		default:
			results = append(results, r.done)
		}
	}
	err = a.tellRestored(cmd, mode, results)
	if failed > 0 {
		err = errors.Join(err, sysexits.With(sysexits.Failure, fmt.Errorf("%d mailboxes failed", failed)))
	}
	return err
}

func (a *app) tellRestored(cmd *cobra.Command, mode string, results []restoredJSON) error {
	if a.json {
		return a.told(cmd, struct {
			Mode     string         `json:"mode"`
			Restored []restoredJSON `json:"restored"`
		}{mode, results}, "")
	}
	for _, d := range results {
		said := fmt.Sprintf("%d messages in %d folders restored, %d were there already", d.Messages, d.Folders, d.Skipped)
		if d.Existed {
			said = "is there already as it was then"
		}
		note(cmd.OutOrStdout(), "%s: as of %s: %s", who(d.Owner, text(d.Store)), d.Created.Local().Format(time.DateTime), said)
	}
	return nil
}

// openBackups opens a repository, or unpacks one from standard input.
func openBackups(cmd *cobra.Command, dir string, identities []string) (*backup.Repository, func(), error) {
	keys, err := backup.ReadIdentities(identities)
	if err != nil {
		return nil, nil, sysexits.With(sysexits.NoInput, err)
	}
	done := func() {}
	if dir == "-" {
		if dir, err = os.MkdirTemp("", "twiga-restore-"); err != nil {
			return nil, nil, sysexits.With(sysexits.CantCreat, err)
		}
		done = func() { _ = os.RemoveAll(dir) }
		err = backup.Unpack(cmd.InOrStdin(), dir)
	}
	var repo *backup.Repository
	if err == nil {
		repo, err = backup.Open(dir, keys)
	}
	if err != nil {
		done()
		return nil, nil, backupError(err)
	}
	return repo, done, nil
}

// chain is a full dump and the increments on top of it.
type chain []backup.Manifest

func (c chain) last() *backup.Manifest { return &c[len(c)-1] }

// choose finds what is to be restored. bad are mailboxes whose backups are of no
// use.
func (f *restoreFlags) choose(repo *backup.Repository) (out []chain, bad []error, err error) {
	at, err := moment(f.at)
	if err != nil {
		return nil, nil, err
	}
	stores, err := repo.Stores()
	if err != nil {
		return nil, nil, err
	}
	for _, store := range stores {
		list, err := repo.Manifests(store)
		if err != nil {
			return nil, nil, err
		}
		if len(list) == 0 || !f.wants(&list[len(list)-1]) {
			continue
		}
		c, err := backup.Chain(list, at)
		if errors.Is(err, backup.ErrNone) {
			c, err = onlyPart(list, at)
		}
		if errors.Is(err, backup.ErrNone) {
			continue
		}
		if err != nil {
			bad = append(bad, fmt.Errorf("mailbox %s: %w", store, err))
			continue
		}
		out = append(out, c)
	}
	switch {
	case len(bad) > 0 && !f.all:
		return nil, nil, bad[0]
	case len(out)+len(bad) == 0:
		return nil, nil, sysexits.With(sysexits.NoUser, fmt.Errorf("restore: %w", backup.ErrNone))
	case len(out) > 1 && !f.all:
		return nil, nil, sysexits.With(sysexits.Usage, errors.New("restore: there are several such mailboxes: --store is wanted"))
	}
	slices.SortFunc(out, func(a, b chain) int { return cmp.Compare(a.last().Owner, b.last().Owner) })
	return out, bad, nil
}

// onlyPart is the last backup of a part, where there is none of the whole.
func onlyPart(list []backup.Manifest, at time.Time) (chain, error) {
	for _, m := range slices.Backward(list) {
		if at.IsZero() || !m.Created.After(at) {
			return chain{m}, nil
		}
	}
	return nil, backup.ErrNone
}

// wants says whether a mailbox is asked for. A user's archive is asked for by
// its GUID.
func (f *restoreFlags) wants(m *backup.Manifest) bool {
	if f.user != "" {
		local, _, _ := strings.Cut(m.Owner, "@")
		return m.Kind == kindNames[object.StorePrivate] && (strings.EqualFold(f.user, m.Owner) || strings.EqualFold(f.user, local))
	}
	return f.store == "" || strings.EqualFold(f.store, m.Store)
}
