// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/htmltext"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// oofFlags are what oof set is told.
type oofFlags struct {
	subject, audience, from, until string
	text, html, external           textFlag
}

// textFlag is a text on the command line or in a file.
type textFlag struct{ name, text, file string }

func (t *textFlag) add(cmd *cobra.Command, name, usage string) {
	t.name = name
	cmd.Flags().StringVar(&t.text, name, "", usage)
	cmd.Flags().StringVar(&t.file, name+"-file", "", "the same from a file; - is standard input")
	command.Exclusive(cmd, name, name+"-file")
}

// read gives the text; not ok where none of the flags was given.
func (t *textFlag) read(cmd *cobra.Command) (text string, ok bool, err error) {
	if !cmd.Flags().Changed(t.name + "-file") {
		return t.text, cmd.Flags().Changed(t.name), nil
	}
	in := cmd.InOrStdin()
	if t.file != "-" {
		f, err := os.Open(t.file)
		if err != nil {
			return "", false, sysexits.With(sysexits.NoInput, err)
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, object.MaxReplyText+1))
	if err != nil {
		return "", false, sysexits.With(sysexits.NoInput, fmt.Errorf("read %s: %w", t.file, err))
	}
	return strings.TrimSuffix(string(b), "\n"), true, nil
}

// oofSet is "oof set": it turns the reply on and changes what a flag names.
func (a *app) oofSet() *cobra.Command {
	f, o := new(boxFlags), new(oofFlags)
	cmd := &cobra.Command{
		Use: "set USER", Short: "Turn the out-of-office reply on; what no flag names stays as it was", Args: f.args(0, 0),
		Long: "Turn the out-of-office reply on; what no flag names stays as it was.\n" +
			"A time is 2026-12-24, \"2026-12-24 12:00\" or 2026-12-24T12:00:00+01:00; none takes it away.\n" +
			"Until a day is to the end of it. A new text takes the HTML away that was there, and new HTML makes the text.",
		Example:           "  twiga-admin oof set anna --text 'Back on Monday.' --until 2026-12-27\n  twiga-admin oof set anna --html-file away.html --external 'I am away.' --audience known",
		ValidArgsFunction: a.offerUsers,
	}
	o.text.add(cmd, "text", "what is answered, as plain text")
	o.html.add(cmd, "html", "what is answered, as HTML")
	o.external.add(cmd, "external", "what people outside are told; empty is the same")
	flags := cmd.Flags()
	flags.StringVar(&o.subject, "subject", "", "subject of the reply; empty is that of the message")
	flags.StringVar(&o.from, "from", "", "time from which on replies are sent")
	flags.StringVar(&o.until, "until", "", "time up to which they are")
	flags.StringVar(&o.audience, "audience", "", "who outside gets a reply: all, known (to the contacts) or none")
	_ = cmd.RegisterFlagCompletionFunc("audience", cobra.FixedCompletions([]string{"all", "known", "none"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, _ []string) error {
		reply, err := b.getOOF(ctx)
		if err != nil {
			return err
		}
		reply.On = true
		if err := o.apply(cmd, &reply); err != nil {
			return err
		}
		if err := b.setOOF(ctx, &reply); err != nil {
			return err
		}
		return a.showOOF(ctx, b, cmd)
	})
	return cmd
}

// apply changes what flags name.
func (o *oofFlags) apply(cmd *cobra.Command, to *object.OutOfOffice) error {
	if err := o.texts(cmd, to); err != nil {
		return err
	}
	changed := cmd.Flags().Changed
	if changed("subject") {
		to.Subject = o.subject
	}
	if changed("audience") {
		audience, ok := object.ParseReplyAudience(o.audience)
		if !ok {
			return sysexits.With(sysexits.Usage, fmt.Errorf("audience %q: all, known or none wanted", o.audience))
		}
		to.Audience = audience
	}
	for _, t := range []struct {
		flag, text string
		end        bool
		to         *time.Time
	}{{"from", o.from, false, &to.From}, {"until", o.until, true, &to.Until}} {
		if !changed(t.flag) {
			continue
		}
		at, err := parseMoment(t.text, t.end)
		if err != nil {
			return sysexits.With(sysexits.Usage, fmt.Errorf("--%s: %w", t.flag, err))
		}
		*t.to = at
	}
	return nil
}

func (o *oofFlags) texts(cmd *cobra.Command, to *object.OutOfOffice) error {
	text, hasText, err := o.text.read(cmd)
	if err != nil {
		return err
	}
	html, hasHTML, err := o.html.read(cmd)
	if err != nil {
		return err
	}
	external, hasExternal, err := o.external.read(cmd)
	if err != nil {
		return err
	}
	switch {
	case hasText:
		to.Text, to.HTML = text, html
	case hasHTML:
		to.HTML, to.Text = html, strings.TrimSpace(htmltext.Text(strings.NewReader(html), object.MaxReplyText))
	}
	if hasExternal {
		to.External = external
	}
	if to.Text == "" {
		return sysexits.With(sysexits.Usage, errors.New("set out-of-office reply: there is no text; give --text or --html"))
	}
	return nil
}

// parseMoment reads a time of this place; a day alone is its begin, or its end.
func parseMoment(text string, end bool) (time.Time, error) {
	if text == "none" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		if end {
			t = t.AddDate(0, 0, 1)
		}
		return t, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", time.DateTime, "2006-01-02T15:04", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("time %q: want 2026-12-24, \"2026-12-24 12:00\" or none", text)
}
