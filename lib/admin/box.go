// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/admin/foldertree"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// boxFlags name a mailbox that is not simply a user's.
type boxFlags struct {
	public, archive bool
	store           string
}

func (f *boxFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.public, "public", false, "the public store; no USER is named")
	cmd.Flags().BoolVar(&f.archive, "archive", false, "the user's archive in place of the mailbox")
	cmd.Flags().StringVar(&f.store, "store", "", "the mailbox with this GUID; no USER is named")
	command.Exclusive(cmd, "public", "archive", "store")
}

// named says whether the flags say all, so that no user is named.
func (f *boxFlags) named() bool { return f.public || f.store != "" }

// anyMore is that many words or more.
const anyMore = -1

// args wants the user, where one is to be named, and from least to most words more.
func (f *boxFlags) args(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		users := 1
		if f.named() {
			users = 0
		}
		switch most {
		case anyMore:
			return command.AtLeast(least+users)(cmd, args)
		case least:
			return command.Exactly(least+users)(cmd, args)
		}
		return sysexits.With(sysexits.Usage, cobra.RangeArgs(least+users, most+users)(cmd, args))
	}
}

// box is a mailbox and a session with it: the owner's where it has one, else
// the administrator's.
type box struct {
	*link
	s     object.Session
	store object.Store
	tree  foldertree.Tree
}

// boxRun is a verb's work in a mailbox; args are those after the user.
type boxRun func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error

// inBox makes a boxRun a cobra one.
func (a *app) inBox(f *boxFlags, do boxRun) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		l, end, err := a.reach(cmd)
		if err != nil {
			return err
		}
		defer end()
		user := ""
		if !f.named() {
			user, args = args[0], args[1:]
		}
		b, leave, err := l.open(cmd.Context(), f, user)
		if err != nil {
			return err
		}
		defer leave()
		return do(cmd.Context(), b, cmd, args)
	}
}

// find gives the mailbox that is named.
func (l *link) find(ctx context.Context, f *boxFlags, user string) (object.Store, error) {
	req := object.GetStoreRequest{User: user, Public: f.public}
	switch {
	case f.store != "":
		guid, err := mapi.ParseGUID(f.store)
		if err != nil {
			return object.Store{}, sysexits.With(sysexits.Usage, err)
		}
		req.GUID = guid
	case user == "" && !f.public:
		return object.Store{}, sysexits.With(sysexits.Usage, errors.New("no user is named"))
	case f.archive:
		u, err := l.admin.GetUser(ctx, object.GetUserRequest{Name: user})
		if err != nil {
			return object.Store{}, fmt.Errorf("find user %s: %w", user, err)
		}
		if u.Archive.IsZero() {
			return object.Store{}, fmt.Errorf("find archive of %s: there is none: %w", u.Name, mapi.NotFound)
		}
		req = object.GetStoreRequest{GUID: u.Archive}
	}
	st, err := l.admin.GetStore(ctx, req)
	if err != nil {
		return st, fmt.Errorf("find mailbox: %w", err)
	}
	return st, nil
}

// open gives the mailbox with its folders.
func (l *link) open(ctx context.Context, f *boxFlags, user string) (b *box, leave func(), err error) {
	b, leave = &box{link: l, s: l.admin}, func() {}
	if b.store, err = l.find(ctx, f, user); err != nil {
		return nil, nil, err
	}
	if b.store.Owner != "" {
		if b.s, leave, err = l.as(ctx, b.store.Owner); err != nil {
			return nil, nil, err
		}
	}
	if b.tree, err = foldertree.Read(ctx, b.s, &b.store); err != nil {
		leave()
		return nil, nil, err
	}
	return b, leave, nil
}

// name is whose the mailbox is, for people.
func (b *box) name() string { return storeOwner(&b.store) }

// storeOwner is whose a mailbox is, for people.
func storeOwner(st *object.Store) string {
	switch {
	case st.Orphan:
		return "(orphan)"
	case st.Kind == object.StorePublic:
		return "(public)"
	case st.Kind == object.StoreArchive:
		return st.Owner + " (archive)"
	}
	return st.Owner
}
