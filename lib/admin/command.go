// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/config"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// Settings say where the store is.
type Settings struct {
	StoreSocket string `key:"store_socket" default:"unix:/run/twiga/admin.sock" doc:"Where stored listens for administrators: unix:/path."`
}

// app is what the verbs share.
type app struct {
	dial command.Dial
	json bool
	file string
}

// Command is the command line of the program called name.
func Command(name, version string, dial command.Dial) *cobra.Command {
	a := &app{dial: dial}
	root := command.Root(name, version, "Administer users and mailboxes",
		command.Group("user", "Users and their mailboxes",
			a.userCreate(), a.userList(), a.userShow(), a.userSet(), a.userPasswd(), a.userDelete()),
		command.Group("store", "Mailboxes, with an owner or without", a.storeList(), a.storeRemove()),
		command.Group("queue", "Mail that waits to be sent", a.queueList()))
	flags := root.PersistentFlags()
	flags.BoolVar(&a.json, "json", false, "print JSON")
	flags.StringVarP(&a.file, "config", "c", "", "configuration file (default "+config.Path("admin")+")")
	config.AddFlags[Settings](flags)
	return root
}

// run is a verb's work with a session.
type run func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error

// with makes a run a cobra one: it reads the settings and logs on.
func (a *app) with(do run) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		s, err := config.Load[Settings]("admin", config.Options{File: a.file, Flags: cmd.Flags()})
		if err != nil {
			return sysexits.With(sysexits.Config, err)
		}
		service, closeService, err := a.dial(s.StoreSocket)
		if err != nil {
			return sysexits.With(sysexits.Usage, err)
		}
		defer func() { _ = closeService() }()
		session, err := service.Logon(cmd.Context(), object.LogonRequest{Role: object.RoleAdmin, Program: "admin"})
		if err != nil {
			return fmt.Errorf("log on to store at %s: %w", s.StoreSocket, err)
		}
		defer func() { _ = session.Logoff(context.WithoutCancel(cmd.Context())) }()
		return do(cmd.Context(), session, cmd, args)
	}
}
