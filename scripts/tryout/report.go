// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// table tells people what listens where, and how to read the first mail.
func table(w io.Writer, l layout, st *state) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nDAEMON\tWHAT\tWHERE")
	fmt.Fprintf(t, "dagent\tLMTP, mail comes in\t%s\n", st.LMTP)
	fmt.Fprintf(t, "imapgw\tIMAP, STARTTLS\t%s\n", st.IMAP)
	fmt.Fprintf(t, "imapgw\tIMAP over TLS\t%s\n", st.IMAPS)
	fmt.Fprintf(t, "imapgw\tPOP3, STLS\t%s\n", st.POP3)
	fmt.Fprintf(t, "imapgw\tPOP3 over TLS\t%s\n", st.POP3S)
	fmt.Fprintf(t, "stored\tthe store's RPC\tunix:%s\n", st.Socket)
	fmt.Fprintf(t, "\tdata\t%s\n", st.Data)
	fmt.Fprintf(t, "\tlogs\t%s\n", l.path("log"))
	fmt.Fprintln(t, "\nUSER\tADDRESS\tPASSWORD")
	for _, u := range st.Users[:min(len(st.Users), 5)] {
		fmt.Fprintf(t, "%s\t%s\t%s\n", u.Name, u.Address, u.Password)
	}
	if more := len(st.Users) - 5; more > 0 {
		fmt.Fprintf(t, "... and %d more, see %s\n", more, l.path("run", "users.json"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	u := st.Users[0]
	_, err := fmt.Fprintf(w, "\nRead the first mail:\n  curl --user '%s:%s' 'imap://%s/INBOX;MAILINDEX=1'\n\n", u.Address, u.Password, st.IMAP)
	return err
}
