// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// resourceSet is "resource set": how a room or a piece of equipment answers to
// meeting requests.
func (a *app) resourceSet() *cobra.Command {
	var r directory.Resource
	cmd := &cobra.Command{
		Use: "set NAME", Short: "Say how a room or equipment answers to meeting requests", Args: command.Exactly(1),
		Example:           "  twiga-admin resource set lab --auto-accept --decline-conflict --capacity 12",
		ValidArgsFunction: a.completeNames(1, isResource),
	}
	flags := cmd.Flags()
	flags.BoolVar(&r.AutoAccept, "auto-accept", false, "accept what can be accepted, without a person")
	flags.BoolVar(&r.DeclineConflict, "decline-conflict", false, "decline what is at a time already taken")
	flags.BoolVar(&r.DeclineRecurring, "decline-recurring", false, "decline meetings that repeat")
	flags.IntVar(&r.Capacity, "capacity", 0, "of a room its seats, of equipment how many bookings at a time")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		u, err := getResource(ctx, s, args[0])
		if err != nil {
			return err
		}
		given, to := false, u.Resource
		take := func(flag string, set func()) {
			if flags.Changed(flag) {
				given = true
				set()
			}
		}
		take("auto-accept", func() { to.AutoAccept = r.AutoAccept })
		take("decline-conflict", func() { to.DeclineConflict = r.DeclineConflict })
		take("decline-recurring", func() { to.DeclineRecurring = r.DeclineRecurring })
		take("capacity", func() { to.Capacity = r.Capacity })
		if !given {
			return sysexits.With(sysexits.Usage, errors.New("set resource: no flag says what to change"))
		}
		if u, err = s.SetUser(ctx, object.SetUserRequest{Name: u.Name, Changes: directory.Changes{Resource: &to}}); err != nil {
			return fmt.Errorf("set resource %s: %w", args[0], err)
		}
		return a.told(cmd, newBooking(&u), "%s: %s", u.Name, resourceText(&u.Resource))
	})
	return cmd
}

// getResource finds a room or a piece of equipment.
func getResource(ctx context.Context, s object.Session, name string) (directory.User, error) {
	u, err := s.GetUser(ctx, object.GetUserRequest{Name: name})
	if err != nil {
		return u, fmt.Errorf("find resource %s: %w", name, err)
	}
	if !isResource(u.Kind) {
		return u, sysexits.With(sysexits.DataErr, fmt.Errorf("find resource %s: it is a %s; user set --kind can make it a room or equipment", u.Name, u.Kind))
	}
	return u, nil
}

// bookingJSON is how a resource is told to programs.
type bookingJSON struct {
	Name     string `json:"name"`
	FullName string `json:"full_name"`
	Address  string `json:"address"`
	Kind     string `json:"kind"`
	resourceJSON
}

func newBooking(u *directory.User) bookingJSON {
	return bookingJSON{u.Name, u.FullName, u.Address, u.Kind.String(), resourceJSON(u.Resource)}
}

// resourceText says for people how a resource answers.
func resourceText(r *directory.Resource) string {
	parts := []string{"asks a person"}
	if r.AutoAccept {
		parts[0] = "accepts by itself"
	}
	if r.DeclineConflict {
		parts = append(parts, "declines conflicts")
	}
	if r.DeclineRecurring {
		parts = append(parts, "declines what repeats")
	}
	if r.Capacity > 0 {
		parts = append(parts, fmt.Sprintf("capacity %d", r.Capacity))
	}
	return strings.Join(parts, ", ")
}
