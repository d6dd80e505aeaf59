// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// checkFlags are what check is told.
type checkFlags struct {
	manyFlags
	repair, blobs bool
}

// check is "check": it compares mailboxes with themselves, through stored or,
// when that is down, on the files.
func (a *app) check() *cobra.Command {
	f := new(checkFlags)
	cmd := &cobra.Command{
		Use: "check", Short: "Compare mailboxes with themselves, and repair them", Args: command.Exactly(0),
		Long: "Compare mailboxes with themselves: through stored while it runs, on the files\n" +
			"otherwise; it says which. The exit code is 0 where all is in order or was\nrepaired, 1 where problems are left.",
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.repair, "repair", false, "repair what can be repaired")
	flags.BoolVar(&f.blobs, "blobs", false, "read all content and compare it with its hash")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := f.valid(); err != nil {
			return err
		}
		return a.runCheck(cmd.Context(), cmd, f)
	}
	return cmd
}

// report is the outcome of a check.
type report struct {
	Mode     string        `json:"mode"` // stored or files
	Stores   int           `json:"stores"`
	Problems []problemJSON `json:"problems"`
	Left     int           `json:"left"` // problems that are not repaired
}

type problemJSON struct {
	Store    string `json:"store"`
	Owner    string `json:"owner"`
	Kind     string `json:"kind"`
	Object   string `json:"object"`
	Text     string `json:"text"`
	Repaired bool   `json:"repaired"`
}

func (a *app) runCheck(ctx context.Context, cmd *cobra.Command, f *checkFlags) error {
	settings, err := a.settings(cmd)
	if err != nil {
		return err
	}
	rep := report{Problems: []problemJSON{}}
	s, mode, end, err := a.reachStore(cmd, settings, object.LogonRequest{Role: object.RoleAdmin})
	if err != nil {
		return err
	}
	defer end()
	rep.Mode = mode
	stores, err := f.stores(ctx, s)
	if err != nil {
		return err
	}
	rep.Stores = len(stores)
	if err := a.checkAll(ctx, cmd, s, f, stores, &rep); err != nil {
		return err
	}
	if err := a.printReport(cmd.OutOrStdout(), &rep); err != nil {
		return err
	}
	if rep.Left > 0 {
		return sysexits.With(sysexits.Failure, fmt.Errorf("check: %d problems left", rep.Left))
	}
	return nil
}

// checkAll checks the mailboxes one after the other. One that cannot be
// checked is a problem of its own.
func (a *app) checkAll(ctx context.Context, cmd *cobra.Command, s object.Session, f *checkFlags, stores []object.Store, rep *report) error {
	bar := command.NewBar(cmd.ErrOrStderr(), "checking", int64(len(stores)))
	defer func() { _ = bar.Clear() }()
	for i := range stores {
		st := &stores[i]
		req := object.CheckRequest{Store: st.GUID, Repair: f.repair, Blobs: f.blobs}
		for p, err := range s.Check(ctx, req) {
			if err != nil && (ctx.Err() != nil || isAway(err) || errors.Is(err, mapi.NoAccess)) {
				return fmt.Errorf("check mailbox %s: %w", st.GUID, err)
			}
			if err != nil {
				p = object.Problem{Kind: "unreadable", Object: "mailbox", Text: err.Error()}
			}
			rep.Problems = append(rep.Problems, problemJSON{
				Store: st.GUID.String(), Owner: st.Owner, Kind: p.Kind, Object: p.Object, Text: p.Text, Repaired: p.Repaired,
			})
			if !p.Repaired {
				rep.Left++
			}
		}
		_ = bar.Add(1)
	}
	return nil
}

func (a *app) printReport(w io.Writer, rep *report) error {
	if a.json {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(rep)
	}
	for _, p := range rep.Problems {
		who, repaired := p.Owner, ""
		if who == "" {
			who = p.Store
		}
		if p.Repaired {
			repaired = " (repaired)"
		}
		if _, err := fmt.Fprintf(w, "%s: %s: %s: %s%s\n", who, p.Kind, p.Object, p.Text, repaired); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%d mailboxes checked by %s: %d problems, %d left\n", rep.Stores, by(rep.Mode), len(rep.Problems), rep.Left)
	return err
}

func by(mode string) string {
	if mode == "files" {
		return "storectl on the files"
	}
	return mode
}
