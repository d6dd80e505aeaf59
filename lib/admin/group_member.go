// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// groupMember are the verbs of "group member".
func (a *app) groupMember() *cobra.Command {
	return command.Group("member", "Members of a group",
		a.changeMembers("add", "Put users, groups or contacts into a group", func(req *object.ChangeMembersRequest, names []string) { req.Add = names }),
		a.changeMembers("remove", "Take members out of a group", func(req *object.ChangeMembersRequest, names []string) { req.Remove = names }),
		a.groupMemberList())
}

func (a *app) changeMembers(verb, short string, fill func(req *object.ChangeMembersRequest, names []string)) *cobra.Command {
	return &cobra.Command{
		Use: verb + " GROUP NAME...", Short: short, Args: command.AtLeast(2),
		Example:           "  twiga-admin group member " + verb + " sales anna bert",
		ValidArgsFunction: a.completeNames(-1, isAnybody),
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			was, err := s.GetGroup(ctx, object.GetGroupRequest{Name: args[0]})
			if err != nil {
				return fmt.Errorf("%s members of %s: %w", verb, args[0], err)
			}
			req := object.ChangeMembersRequest{Group: was.Name}
			fill(&req, args[1:])
			g, err := s.ChangeMembers(ctx, req)
			if err != nil {
				return fmt.Errorf("%s members of %s: %w", verb, args[0], err)
			}
			form, err := newBook(s).group(ctx, &g)
			if err != nil {
				return err
			}
			if len(g.Members) == len(was.Members) {
				return a.told(cmd, form, "nothing was changed: group %s has %d members", g.Name, len(g.Members))
			}
			return a.told(cmd, form, "group %s has %d members now", g.Name, len(g.Members))
		}),
	}
}
