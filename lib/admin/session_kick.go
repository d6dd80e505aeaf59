// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// sessionKick is "sessions kick": it ends sessions.
func (a *app) sessionKick() *cobra.Command {
	f := new(sessionFilter)
	cmd := &cobra.Command{
		Use: "kick [ID...]", Short: "End sessions, by number or all of a user or program", Args: command.AtLeast(0),
		Long: "End sessions. Programs may open them anew; to keep a user out, disable the user.", Example: "  twiga-admin sessions kick 4711\n  twiga-admin sessions kick --user anna --program imapgw",
	}
	f.add(cmd)
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		ids, err := f.choose(ctx, s, args)
		if err != nil {
			return err
		}
		ended := []uint64{}
		for _, id := range ids {
			_, err := s.KickSession(ctx, object.KickSessionRequest{ID: id})
			if errors.Is(err, mapi.NotFound) && len(args) == 0 {
				continue // it ended by itself meanwhile
			}
			if err != nil {
				return err
			}
			ended = append(ended, id)
		}
		return a.told(cmd, struct {
			Ended []uint64 `json:"ended"`
		}{ended}, "%d sessions ended", len(ended))
	})
	return cmd
}

// choose gives the numbers of the sessions that are meant. Those of a user or a
// program do not include the administrator's that asks.
func (f *sessionFilter) choose(ctx context.Context, s object.Session, args []string) ([]uint64, error) {
	if (len(args) > 0) == (f.user != "" || f.program != "") {
		return nil, sysexits.With(sysexits.Usage, errors.New("end sessions: numbers are wanted, or --user or --program"))
	}
	var ids []uint64
	for _, arg := range args {
		id, err := strconv.ParseUint(arg, 10, 64)
		if err != nil {
			return nil, sysexits.With(sysexits.Usage, fmt.Errorf("end session %q: a number is wanted", arg))
		}
		ids = append(ids, id)
	}
	if len(args) > 0 {
		return ids, nil
	}
	list, err := listSessions(ctx, s, f)
	for _, e := range list {
		if e.Role != object.RoleAdmin.String() || e.Program != program {
			ids = append(ids, e.ID)
		}
	}
	return ids, err
}
