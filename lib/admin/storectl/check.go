// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// checkFlags are what check is told.
type checkFlags struct {
	all           bool
	user, store   string
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
	flags := cmd.Flags()
	flags.BoolVar(&f.all, "all", false, "all mailboxes, orphans too (the default)")
	flags.StringVar(&f.user, "user", "", "the mailbox of this user")
	flags.StringVar(&f.store, "store", "", "the mailbox with this GUID")
	flags.BoolVar(&f.repair, "repair", false, "repair what can be repaired")
	flags.BoolVar(&f.blobs, "blobs", false, "read all content and compare it with its hash")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if f.user != "" && f.store != "" || f.all && f.user+f.store != "" {
			return sysexits.With(sysexits.Usage, errors.New("check: only one of --all, --user and --store"))
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
	rep := report{Mode: "stored", Problems: []problemJSON{}}
	req := object.LogonRequest{Role: object.RoleAdmin}
	s, end, err := a.logon(ctx, settings, req)
	if isAway(err) {
		rep.Mode = "files"
		note(cmd.ErrOrStderr(), "stored does not answer, checking the files in %s", settings.DataDir)
		s, end, err = a.logonFiles(ctx, settings, req)
	}
	if err != nil {
		return err
	}
	defer end()
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

// stores are the mailboxes that were asked for, in order of their owners.
func (f *checkFlags) stores(ctx context.Context, s object.Session) ([]object.Store, error) {
	var (
		get object.GetStoreRequest
		err error
	)
	if f.store != "" {
		if get.GUID, err = mapi.ParseGUID(f.store); err != nil {
			return nil, sysexits.With(sysexits.Usage, err)
		}
	}
	if get.User = f.user; f.user != "" || f.store != "" {
		st, err := s.GetStore(ctx, get)
		if err != nil {
			return nil, fmt.Errorf("find mailbox: %w", err)
		}
		return []object.Store{st}, nil
	}
	var all []object.Store
	for st, err := range s.ListStores(ctx, object.ListStoresRequest{}) {
		if err != nil {
			return nil, fmt.Errorf("list mailboxes: %w", err)
		}
		all = append(all, st)
	}
	slices.SortFunc(all, func(a, b object.Store) int {
		return cmp.Or(cmp.Compare(a.Owner, b.Owner), slices.Compare(a.GUID[:], b.GUID[:]))
	})
	return all, nil
}

// checkAll checks the mailboxes one after the other. One that cannot be
// checked is a problem of its own.
func (a *app) checkAll(ctx context.Context, cmd *cobra.Command, s object.Session, f *checkFlags, stores []object.Store, rep *report) error {
	bar := newBar(cmd.ErrOrStderr(), len(stores))
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

// newBar is a progress bar where there are many mailboxes and a terminal.
func newBar(w io.Writer, n int) *progressbar.ProgressBar {
	f, ok := w.(*os.File)
	if n < 2 || !ok || !term.IsTerminal(int(f.Fd())) {
		return progressbar.DefaultSilent(int64(n))
	}
	return progressbar.NewOptions(n, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("checking"),
		progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
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
