// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// manyFlags name one mailbox or all.
type manyFlags struct {
	all         bool
	user, store string
}

func (f *manyFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.all, "all", false, "all mailboxes, orphans too (the default)")
	flags.StringVar(&f.user, "user", "", "the mailbox of this user")
	flags.StringVar(&f.store, "store", "", "the mailbox with this GUID")
}

func (f *manyFlags) valid() error {
	if f.user != "" && f.store != "" || f.all && f.one() {
		return sysexits.With(sysexits.Usage, errors.New("only one of --all, --user and --store"))
	}
	return nil
}

// one says whether a mailbox is named.
func (f *manyFlags) one() bool { return f.user+f.store != "" }

// stores are the mailboxes that were asked for, in order of their owners.
func (f *manyFlags) stores(ctx context.Context, s object.Session) ([]object.Store, error) {
	var all []object.Store
	if f.one() {
		get := boxFlags{f.user, f.store}
		req, err := get.request()
		if err != nil {
			return nil, err
		}
		st, err := s.GetStore(ctx, req)
		if err != nil {
			return nil, fmt.Errorf("find mailbox: %w", err)
		}
		return append(all, st), nil
	}
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

// who names a mailbox to people.
func who(owner string, guid fmt.Stringer) string {
	if owner == "" {
		return guid.String()
	}
	return owner
}

var kindNames = map[object.StoreKind]string{
	object.StorePrivate: "private", object.StorePublic: "public", object.StoreArchive: "archive",
}

func kindOf(name string) object.StoreKind {
	for k, n := range kindNames {
		if n == name {
			return k
		}
	}
	return object.StorePrivate
}

// eachStore does something with mailboxes one after the other. One that fails
// is told of, and the others are done; the command fails in the end.
func (a *app) eachStore(cmd *cobra.Command, f *manyFlags, what string, do func(ctx context.Context, s reached, mode string, st *object.Store) error) error {
	if err := f.valid(); err != nil {
		return err
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
	return a.eachOf(cmd, s, f, what, func(ctx context.Context, st *object.Store) error { return do(ctx, s, mode, st) })
}

// eachOf is eachStore in a session that is there.
func (a *app) eachOf(cmd *cobra.Command, s object.Session, f *manyFlags, what string, do func(context.Context, *object.Store) error) error {
	ctx := cmd.Context()
	stores, err := f.stores(ctx, s)
	if err != nil {
		return err
	}
	bar := command.NewBar(cmd.ErrOrStderr(), what, int64(len(stores)))
	defer func() { _ = bar.Clear() }()
	failed := 0
	for i := range stores {
		err := do(ctx, &stores[i])
		if err != nil {
			err = fmt.Errorf("mailbox %s: %w", who(stores[i].Owner, stores[i].GUID), err)
		}
		if err != nil && (len(stores) == 1 || ctx.Err() != nil || isAway(err) || isOf(err, mapi.NoAccess) || sysexits.Code(err) != sysexits.Failure) {
			return err
		}
		if err != nil {
			failed++
			note(cmd.ErrOrStderr(), "%v", err)
		}
		_ = bar.Add(1)
	}
	if failed > 0 {
		return sysexits.With(sysexits.Failure, fmt.Errorf("%d mailboxes failed", failed))
	}
	return nil
}
