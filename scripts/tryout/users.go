// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
)

// demoUsers are who is made where no number of users is asked for.
var demoUsers = []string{"demo", "guest"}

// wanted are the names of the users to be there.
func (o *options) wanted() []string {
	if o.users == 0 {
		return demoUsers
	}
	names := []string{"bench"}
	for i := range o.users {
		names = append(names, fmt.Sprintf("u%03d", i))
	}
	return names
}

// makeUsers makes those of the wanted users who are not among the known, and
// gives the known the asked password.
func (o *options) makeUsers(ctx context.Context, l layout, known []user) ([]user, error) {
	for _, name := range o.wanted() {
		at := slices.IndexFunc(known, func(u user) bool { return u.Name == name })
		switch {
		case at < 0:
			u := user{Name: name, Address: name + "@" + o.domain, Password: o.password}
			if u.Password == "" {
				u.Password = rand.Text()[:16]
			}
			if err := o.admin(ctx, l, u.Password, "user", "create", u.Address, "--if-not-exists", "--password-stdin"); err != nil {
				return nil, err
			}
			known = append(known, u)
		case o.password != "" && known[at].Password != o.password:
			if err := o.admin(ctx, l, o.password, "user", "passwd", known[at].Address, "--password-stdin"); err != nil {
				return nil, err
			}
			known[at].Password = o.password
		}
	}
	return known, nil
}

// admin runs the admin command with a password on its standard input.
func (o *options) admin(ctx context.Context, l layout, password string, args ...string) error {
	cmd := exec.CommandContext(ctx, program(o.bin, "admin"), append(args, "--store-socket", "unix:"+l.adminSocket())...)
	cmd.Stdin = strings.NewReader(password + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("admin %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// welcome delivers the first mail to each user as any mail comes: by LMTP.
func welcome(l layout, users []user) error {
	conn, err := net.DialTimeout("tcp", l.lmtp(), 10*time.Second)
	if err != nil {
		return err
	}
	c := smtp.NewClientLMTP(conn)
	defer func() { _ = c.Close() }()
	if err := c.Hello("localhost"); err != nil {
		return err
	}
	for _, u := range users {
		if err := c.SendMail("", []string{u.Address}, bytes.NewReader(welcomeMail(u))); err != nil {
			return err
		}
	}
	return c.Quit()
}

func welcomeMail(u user) []byte {
	_, domain, _ := strings.Cut(u.Address, "@")
	return fmt.Appendf(nil, "From: Twiga <postmaster@%s>\r\nTo: <%s>\r\nSubject: Welcome to Twiga\r\nDate: %s\r\n"+
		"Message-ID: <%s@%s>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"+
		"Karibu!\r\n\r\nThis mail came in over LMTP, lies in the store and is read over IMAP:\r\nthe whole way that every mail takes. Have a look around.\r\n",
		domain, u.Address, time.Now().Format(time.RFC1123Z), strings.ToLower(rand.Text()), domain)
}
