// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"twiga/lib/admin/backup"
	"twiga/lib/admin/command"
	"twiga/lib/sysexits"
)

// verify is "verify": it looks at all of a repository.
func (a *app) verify() *cobra.Command {
	var identities []string
	cmd := &cobra.Command{
		Use: "verify DIRECTORY", Short: "Read all backups and compare them with their checksums", Args: command.Exactly(1),
		Long: "Read a repository of backups: manifests, dumps, whether increments have what they\n" +
			"are on top of, and whether each content is there and is what its name says. Of an\n" +
			"encrypted one only checksums are compared unless there is an identity.",
	}
	cmd.Flags().StringSliceVar(&identities, "identity", nil, "file of the identity that opens an encrypted backup; may be repeated")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		repo, done, err := openBackups(cmd, args[0], identities)
		if err != nil {
			return err
		}
		defer done()
		problems := []backup.Problem{}
		bar := command.NewBar(cmd.ErrOrStderr(), "verifying", -1)
		v, err := repo.Verify(cmd.Context(), func(p backup.Problem) { problems = append(problems, p) }, func() { _ = bar.Add(1) })
		_ = bar.Clear()
		if err != nil {
			return backupError(err)
		}
		if err := a.tellVerified(cmd, &v, problems); err != nil {
			return err
		}
		if len(problems) > 0 {
			return sysexits.With(sysexits.Failure, fmt.Errorf("verify: %d problems", len(problems)))
		}
		return nil
	}
	return cmd
}

func (a *app) tellVerified(cmd *cobra.Command, v *backup.Verified, problems []backup.Problem) error {
	if a.json {
		return a.told(cmd, struct {
			backup.Verified
			Problems []backup.Problem `json:"problems"`
		}{*v, problems}, "")
	}
	w := cmd.OutOrStdout()
	for _, p := range problems {
		note(w, "%s: %s: %s", p.Kind, p.Object, p.Text)
	}
	if !v.Contents {
		note(cmd.ErrOrStderr(), "the backups are encrypted and there is no identity: contents were not read")
	}
	note(w, "%d dumps of %d mailboxes and %d contents verified: %d problems; %d contents are not in use, %d dumps were left by backups that did not end",
		v.Dumps, v.Stores, v.Blobs, len(problems), v.Unused, v.Leftovers)
	return nil
}

// list is "list": what there is in a repository.
func (a *app) list() *cobra.Command {
	return &cobra.Command{
		Use: "list DIRECTORY", Short: "List backups", Args: command.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			repo, done, err := openBackups(cmd, args[0], nil)
			if err != nil {
				return err
			}
			defer done()
			all := []backup.Manifest{}
			stores, err := repo.Stores()
			for _, store := range stores {
				list, lerr := repo.Manifests(store)
				if lerr != nil {
					err = lerr
				}
				all = append(all, list...)
			}
			if err != nil {
				return backupError(err)
			}
			return a.tellBackups(cmd, all)
		},
	}
}

func (a *app) tellBackups(cmd *cobra.Command, all []backup.Manifest) error {
	if a.json {
		return a.told(cmd, all, "")
	}
	t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	note(t, "CREATED\tSTORE\tNUMBER\tWHAT\tMESSAGES\tSIZE\tOWNER")
	for i := range all {
		m := &all[i]
		note(t, "%s\t%s\t%06d\t%s\t%d\t%s\t%s", m.Created.Local().Format(time.DateTime), m.Store, m.Sequence, m.What(), m.Counts.Messages,
			sizeText(m.Dump.Size), m.Owner)
	}
	return t.Flush()
}
