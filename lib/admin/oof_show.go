// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// outOfOffice is "oof": what a user's mailbox answers while the user is away.
func (a *app) outOfOffice() *cobra.Command {
	return command.Group("oof", "What a mailbox answers while its user is away", a.oofShow(), a.oofSet(), a.oofClear())
}

// oofJSON is how an out-of-office reply is told to programs.
type oofJSON struct {
	On       bool       `json:"on"`
	Active   bool       `json:"active"` // on, and within its time
	Subject  string     `json:"subject"`
	Text     string     `json:"text"`
	HTML     string     `json:"html"`
	External string     `json:"external"`
	Audience string     `json:"audience"`
	From     *time.Time `json:"from"`
	Until    *time.Time `json:"until"`
}

// oofShow is "oof show".
func (a *app) oofShow() *cobra.Command {
	f := new(boxFlags)
	return &cobra.Command{
		Use: "show USER", Short: "Show the out-of-office reply", Args: f.args(0, 0), ValidArgsFunction: a.offerUsers,
		Example: "  twiga-admin oof show anna",
		RunE: a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, _ []string) error {
			return a.showOOF(ctx, b, cmd)
		}),
	}
}

// getOOF reads what the mailbox answers.
func (b *box) getOOF(ctx context.Context) (object.OutOfOffice, error) {
	r, err := b.s.GetStoreProps(ctx, object.GetStorePropsRequest{Store: b.store.GUID, Columns: object.OutOfOfficeColumns()})
	if err != nil {
		return object.OutOfOffice{}, fmt.Errorf("read out-of-office reply of %s: %w", b.name(), err)
	}
	return object.ReadOutOfOffice(r.Props), nil
}

// setOOF replaces it.
func (b *box) setOOF(ctx context.Context, o *object.OutOfOffice) error {
	if err := o.Check(); err != nil {
		return err
	}
	set, gone := o.Props()
	if _, err := b.s.SetStoreProps(ctx, object.SetStorePropsRequest{Store: b.store.GUID, Set: set, Delete: gone}); err != nil {
		return fmt.Errorf("set out-of-office reply of %s: %w", b.name(), err)
	}
	return nil
}

func (a *app) showOOF(ctx context.Context, b *box, cmd *cobra.Command) error {
	o, err := b.getOOF(ctx)
	if err != nil {
		return err
	}
	active := o.Active(time.Now())
	if a.json {
		return printJSON(cmd.OutOrStdout(), oofJSON{o.On, active, o.Subject, o.Text, o.HTML, o.External, o.Audience.String(), moment(o.From), moment(o.Until)})
	}
	state := "off"
	switch {
	case active:
		state = "on"
	case o.On:
		state = "on, but not now"
	}
	if err := facts(cmd.OutOrStdout(), "replies", state, "from", momentText(o.From, "at once"), "until", momentText(o.Until, "it is turned off"),
		"audience", o.Audience.String(), "subject", o.Subject, "html", yesNo(o.HTML != "")); err != nil {
		return err
	}
	for _, t := range []struct{ head, text string }{{"text", o.Text}, {"text for people outside", o.External}} {
		if t.text != "" {
			if _, err := fmt.Fprintf(cmd.OutOrStdout(), "\n%s:\n%s\n", t.head, indented(t.text)); err != nil {
				return err
			}
		}
	}
	return nil
}

// moment is a time for programs; nil is none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// momentText is a time for people.
func momentText(t time.Time, none string) string {
	if t.IsZero() {
		return none
	}
	return t.Local().Format("2006-01-02 15:04")
}
