// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi/object"
)

// policyJSON is how the policy of passwords is told to programs; times are in
// seconds, and 0 is no such demand.
type policyJSON struct {
	MinLength int   `json:"min_length"`
	Classes   int   `json:"classes"`
	NotName   bool  `json:"not_name"`
	History   int   `json:"history"`
	MaxAge    int64 `json:"max_age"`
	Failures  int   `json:"failures"`
	Lockout   int64 `json:"lockout"`
}

// policyShow is "policy show": what passwords must be like.
func (a *app) policyShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show what passwords must be like, and what locks a user out", Args: command.Exactly(0),
		Example: "  twiga-admin policy show", ValidArgsFunction: cobra.NoFileCompletions,
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, _ []string) error {
			p, err := s.GetPolicy(ctx, object.GetPolicyRequest{})
			if err != nil {
				return fmt.Errorf("show policy of passwords: %w", err)
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), policyJSON{p.MinLength, p.Classes, p.NotName, p.History,
					int64(p.MaxAge / time.Second), p.Failures, int64(p.Lockout / time.Second)})
			}
			return facts(cmd.OutOrStdout(), policyPairs(&p)...)
		}),
	}
}

func policyPairs(p *directory.Policy) []string {
	name, lockout := "may be in it", "never"
	if p.NotName {
		name = "must not be in it"
	}
	if p.Failures > 0 && p.Lockout > 0 {
		lockout = fmt.Sprintf("after %d wrong passwords, for %s", p.Failures, spanText(p.Lockout))
	}
	expires := "never"
	if p.MaxAge > 0 {
		expires = "after " + spanText(p.MaxAge)
	}
	return []string{
		"characters", countText(p.MinLength, "at least %d"), "kinds of characters", countText(p.Classes, "at least %d of 4"),
		"name of the user", name, "old passwords", countText(p.History, "none of the last %d"), "expires", expires, "lockout", lockout,
	}
}

// countText puts a number into a text, where there is a demand.
func countText(n int, format string) string {
	if n <= 0 {
		return "any"
	}
	return fmt.Sprintf(format, n)
}

// spanText is a length of time for people.
func spanText(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d == day:
		return "1 day"
	case d%day == 0:
		return fmt.Sprintf("%d days", d/day)
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return d.String()
}
