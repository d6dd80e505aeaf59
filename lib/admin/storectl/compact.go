// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// compact is "compact": it gives back what databases do not use.
func (a *app) compact() *cobra.Command {
	f := new(manyFlags)
	cmd := &cobra.Command{
		Use: "compact", Short: "Write the databases of mailboxes anew, without free room", Args: command.Exactly(0),
	}
	f.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		type one struct {
			Store  string `json:"store"`
			Owner  string `json:"owner"`
			Before int64  `json:"before"`
			After  int64  `json:"after"`
		}
		done := struct {
			Mode   string `json:"mode"`
			Stores []one  `json:"stores"`
			Before int64  `json:"before"`
			After  int64  `json:"after"`
		}{Stores: []one{}}
		err := a.eachStore(cmd, f, "compacting", func(ctx context.Context, s reached, mode string, st *object.Store) error {
			r, err := s.Compact(ctx, object.CompactRequest{Store: st.GUID})
			if err != nil {
				return err
			}
			done.Mode = mode
			done.Before += r.Before
			done.After += r.After
			done.Stores = append(done.Stores, one{st.GUID.String(), st.Owner, r.Before, r.After})
			return nil
		})
		if err != nil {
			return err
		}
		return a.told(cmd, done, "%d mailboxes compacted by %s: %s before, %s now\n", len(done.Stores), by(done.Mode), sizeText(done.Before), sizeText(done.After))
	}
	return cmd
}

// collect is "gc": it removes contents that nothing refers to.
func (a *app) collect() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "gc", Short: "Remove contents that no message refers to", Args: command.Exactly(0),
		Long: "Remove contents that no message refers to and that are older than the grace time.\nThe store does it by itself now and then.",
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "tell what would be done")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		settings, err := a.settings(cmd)
		if err != nil {
			return err
		}
		s, mode, end, err := a.reachStore(cmd, settings, object.LogonRequest{Role: object.RoleAdmin})
		if err != nil {
			return err
		}
		defer end()
		c, err := s.CollectBlobs(cmd.Context(), object.CollectBlobsRequest{DryRun: dryRun})
		if err != nil {
			return fmt.Errorf("collect contents: %w", err)
		}
		verb := "removed"
		if dryRun {
			verb = "would be removed"
		}
		return a.told(cmd, struct {
			Mode         string `json:"mode"`
			DryRun       bool   `json:"dry_run"`
			Kept         int64  `json:"kept"`
			KeptBytes    int64  `json:"kept_bytes"`
			Removed      int64  `json:"removed"`
			RemovedBytes int64  `json:"removed_bytes"`
			Young        int64  `json:"young"`
		}{mode, dryRun, c.Kept, c.KeptBytes, c.Removed, c.RemovedBytes, c.Young},
			"%d contents (%s) %s by %s, %d (%s) are in use, %d are too young\n",
			c.Removed, sizeText(c.RemovedBytes), verb, by(mode), c.Kept, sizeText(c.KeptBytes), c.Young)
	}
	return cmd
}
