// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/admin/roster"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// importFlags are what user import is told.
type importFlags struct {
	update, dryRun, generate bool
	report                   string
}

// userImport is "user import": it makes the users, groups and contacts of a
// file, or makes those that are there like it.
func (a *app) userImport() *cobra.Command {
	f := new(importFlags)
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Create users, groups and contacts from a file", Args: command.Exactly(1),
		Long: "Create the users, groups and contacts of a CSV or JSON file, - for standard input.\n" +
			"The manual lists its columns; user export writes the same. What exists stays as it\n" +
			"is, or with --update becomes like the file.",
		Example: "  twiga-admin user import people.csv --dry-run\n" +
			"  twiga-admin user import people.csv --generate-passwords --report made.csv",
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.update, "update", false, "change what exists to what the file says")
	flags.BoolVar(&f.dryRun, "dry-run", false, "change nothing, only tell what would be done")
	flags.BoolVar(&f.generate, "generate-passwords", false, "make random passwords for new users whose row has none, and tell them in the report")
	flags.StringVar(&f.report, "report", "", "write what became of each row to this new file, as CSV")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		rows, err := readRoster(cmd, args[0])
		if err != nil {
			return err
		}
		return a.importRows(ctx, s, cmd, f, rows)
	})
	return cmd
}

// readRoster reads the file to import.
func readRoster(cmd *cobra.Command, name string) ([]roster.Row, error) {
	in := cmd.InOrStdin()
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, sysexits.With(sysexits.NoInput, fmt.Errorf("read list: %w", err))
		}
		defer file.Close()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, roster.MaxBytes+1))
	if err != nil {
		return nil, sysexits.With(sysexits.NoInput, fmt.Errorf("read list: %w", err))
	}
	rows, err := roster.Read(data, columns())
	return rows, sysexits.With(sysexits.DataErr, err)
}

func (a *app) importRows(ctx context.Context, s object.Session, cmd *cobra.Command, f *importFlags, rows []roster.Row) error {
	rep, err := openReport(f.report)
	if err != nil {
		return err
	}
	bar := command.NewBar(cmd.ErrOrStderr(), "importing", int64(len(rows)))
	i := &importer{s: s, update: f.update, dryRun: f.dryRun, generate: f.generate, tell: func(o *outcome) error {
		_ = bar.Add(1)
		return rep.write(o)
	}}
	list, err := i.run(ctx, rows)
	_ = bar.Finish()
	if err != nil {
		err = fmt.Errorf("import ends after %d of %d rows: %w", len(list), len(rows), err)
	}
	err = errors.Join(err, rep.close())
	sum := newSummary(f, list)
	if printErr := a.printSummary(cmd, &sum); printErr != nil {
		return errors.Join(err, printErr)
	}
	if err == nil && sum.Failed > 0 {
		err = sysexits.With(sysexits.DataErr, fmt.Errorf("import: %d of %d rows failed", sum.Failed, len(rows)))
	}
	return err
}
