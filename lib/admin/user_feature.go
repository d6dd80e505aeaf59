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
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// featuresJSON is how a user's services are told to programs.
type featuresJSON struct {
	Name     string          `json:"name"`
	Services map[string]bool `json:"services"`
}

// userFeature is "user feature": it shows which services a user may use, and
// turns them on and off.
func (a *app) userFeature() *cobra.Command {
	var on, off []string
	cmd := &cobra.Command{
		Use: "feature NAME", Short: "Show or change which services a user may use", Args: command.Exactly(1),
		Long: "Show which services a user may use, or turn some on and off. The services are\n" +
			strings.Join(directory.Services, ", ") + "; all is every one of them.",
		Example:           "  twiga-admin user feature anna --on imap,dav --off pop3",
		ValidArgsFunction: a.completeNames(1, isUser),
	}
	cmd.Flags().StringSliceVar(&on, "on", nil, "services to turn on")
	cmd.Flags().StringSliceVar(&off, "off", nil, "services to turn off")
	words := append([]string{"all"}, directory.Services...)
	completeWords(cmd, "on", words...)
	completeWords(cmd, "off", words...)
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		u, err := s.GetUser(ctx, object.GetUserRequest{Name: args[0]})
		if err != nil {
			return fmt.Errorf("features of %s: %w", args[0], err)
		}
		turnedOff, err := turned(u.NoServices, on, off)
		if err != nil {
			return err
		}
		if !slices.Equal(turnedOff, inOrder(u.NoServices)) { // else sessions would end for nothing
			if u, err = s.SetUser(ctx, object.SetUserRequest{Name: u.Name, Changes: directory.Changes{NoServices: &turnedOff}}); err != nil {
				return fmt.Errorf("features of %s: %w", args[0], err)
			}
		}
		return a.printFeatures(cmd, &u)
	})
	return cmd
}

// turned are the services that are off when some of them were turned.
func turned(were, on, off []string) ([]string, error) {
	for _, name := range slices.Concat(on, off) {
		if name != "all" && !slices.Contains(directory.Services, name) {
			return nil, sysexits.With(sysexits.Usage, fmt.Errorf("service %q: want one of %s", name, strings.Join(directory.Services, ", ")))
		}
		if slices.Contains(on, name) && slices.Contains(off, name) {
			return nil, sysexits.With(sysexits.Usage, fmt.Errorf("service %q: both on and off", name))
		}
	}
	out := []string{}
	for _, service := range directory.Services { // what names one counts more than all
		isOff := slices.Contains(were, service)
		switch {
		case slices.Contains(on, service):
			isOff = false
		case slices.Contains(off, service):
			isOff = true
		case slices.Contains(on, "all"):
			isOff = false
		case slices.Contains(off, "all"):
			isOff = true
		}
		if isOff {
			out = append(out, service)
		}
	}
	return out, nil
}

// inOrder are services in the order that they are listed.
func inOrder(services []string) []string {
	out, _ := turned(services, nil, nil)
	return out
}

func (a *app) printFeatures(cmd *cobra.Command, u *directory.User) error {
	out := featuresJSON{Name: u.Name, Services: map[string]bool{}}
	var pairs []string
	for _, service := range directory.Services {
		on := !slices.Contains(u.NoServices, service)
		out.Services[service] = on
		pairs = append(pairs, service, map[bool]string{true: "on", false: "off"}[on])
	}
	if a.json {
		return printJSON(cmd.OutOrStdout(), out)
	}
	return facts(cmd.OutOrStdout(), pairs...)
}
