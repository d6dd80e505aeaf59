// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// sender is whom others may send as: a user or a group.
type sender struct {
	name   string
	sendAs []mapi.GUID
}

// sending reads and changes who may send as an entry of one kind.
type sending struct {
	noun string
	want func(directory.Kind) bool
	get  func(ctx context.Context, s object.Session, name string) (sender, error)
	set  func(ctx context.Context, s object.Session, name string, ids []mapi.GUID) (sender, error)
}

// userSendAs are the verbs of "user sendas".
func (a *app) userSendAs() *cobra.Command { return a.sendAs(sendingUser()) }

// groupSendAs are the verbs of "group sendas".
func (a *app) groupSendAs() *cobra.Command { return a.sendAs(sendingGroup()) }

func sendingUser() *sending {
	return &sending{"user", directory.Kind.HasMailbox,
		func(ctx context.Context, s object.Session, name string) (sender, error) {
			u, err := s.GetUser(ctx, object.GetUserRequest{Name: name})
			return sender{u.Name, u.SendAs}, err
		},
		func(ctx context.Context, s object.Session, name string, ids []mapi.GUID) (sender, error) {
			u, err := s.SetUser(ctx, object.SetUserRequest{Name: name, Changes: directory.Changes{SendAs: &ids}})
			return sender{u.Name, u.SendAs}, err
		}}
}

func sendingGroup() *sending {
	return &sending{"group", isGroup,
		func(ctx context.Context, s object.Session, name string) (sender, error) {
			g, err := s.GetGroup(ctx, object.GetGroupRequest{Name: name})
			return sender{g.Name, g.SendAs}, err
		},
		func(ctx context.Context, s object.Session, name string, ids []mapi.GUID) (sender, error) {
			g, err := s.SetGroup(ctx, object.SetGroupRequest{Name: name, Changes: directory.GroupChanges{SendAs: &ids}})
			return sender{g.Name, g.SendAs}, err
		}}
}

func (a *app) sendAs(of *sending) *cobra.Command {
	example := "  twiga-admin " + of.noun + " sendas "
	add := func(have, given []mapi.GUID) []mapi.GUID {
		for _, id := range given {
			if !slices.Contains(have, id) {
				have = append(have, id)
			}
		}
		return have
	}
	remove := func(have, given []mapi.GUID) []mapi.GUID {
		return slices.DeleteFunc(have, func(id mapi.GUID) bool { return slices.Contains(given, id) })
	}
	return command.Group("sendas", "Who may send as a "+of.noun,
		a.changeSendAs(of, "add", "Let users or groups send as a "+of.noun, example+"add info anna sales", add),
		a.changeSendAs(of, "remove", "Take that back", example+"remove info anna", remove),
		a.listSendAs(of, example+"list info"))
}

func (a *app) listSendAs(of *sending, example string) *cobra.Command {
	return &cobra.Command{
		Use: "list NAME", Short: "List who may send as a " + of.noun, Args: command.Exactly(1), Example: example,
		ValidArgsFunction: a.completeNames(1, of.want),
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			who, err := of.get(ctx, s, args[0])
			if err != nil {
				return fmt.Errorf("list who may send as %s: %w", args[0], err)
			}
			return a.printSendAs(ctx, s, cmd, who, false)
		}),
	}
}

func (a *app) changeSendAs(of *sending, verb, short, example string, change func(have, given []mapi.GUID) []mapi.GUID) *cobra.Command {
	return &cobra.Command{
		Use: verb + " NAME WHO...", Short: short, Args: command.AtLeast(2), Example: example,
		ValidArgsFunction: a.completeNames(-1, isAnybody),
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			was, err := of.get(ctx, s, args[0])
			if err != nil {
				return fmt.Errorf("change who may send as %s: %w", args[0], err)
			}
			var given []mapi.GUID
			for _, name := range args[1:] {
				who, err := findSender(ctx, s, name)
				if err != nil {
					return fmt.Errorf("change who may send as %s: %w", args[0], err)
				}
				given = append(given, who.id)
			}
			now := was
			ids := change(slices.Clone(was.sendAs), given)
			if changed := !slices.Equal(ids, was.sendAs); changed {
				if now, err = of.set(ctx, s, was.name, ids); err != nil {
					return fmt.Errorf("change who may send as %s: %w", args[0], err)
				}
			} else if !a.json {
				_, _ = fmt.Fprint(cmd.OutOrStdout(), "nothing was changed: ")
			}
			return a.printSendAs(ctx, s, cmd, now, !slices.Equal(now.sendAs, was.sendAs))
		}),
	}
}

func (a *app) printSendAs(ctx context.Context, s object.Session, cmd *cobra.Command, who sender, changed bool) error {
	names, err := newBook(s).names(ctx, who.sendAs)
	if err != nil {
		return err
	}
	out := struct {
		Name    string   `json:"name"`
		SendAs  []string `json:"send_as"`
		Changed bool     `json:"changed"`
	}{who.name, names, changed}
	return a.told(cmd, out, "may send as %s: %s", who.name, textOr(strings.Join(names, ", "), "nobody else"))
}
