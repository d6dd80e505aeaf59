// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/config"
	"twiga/lib/mapi/object"
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
			a.userCreate(), a.userList(), a.userShow(), a.userSet(), a.userRename(), a.userPasswd(), a.userUnlock(), a.userDelete(),
			a.userAlias(), a.userFeature(), a.userSendAs(), a.userImport(), a.userExport()),
		command.Group("policy", "What passwords must be like", a.policyShow()),
		command.Group("apppass", "App passwords: further ones of a user, for one device each",
			a.appPasswordCreate(), a.appPasswordList(), a.appPasswordRevoke()),
		command.Group("group", "Groups and who is in them",
			a.groupCreate(), a.groupList(), a.groupShow(), a.groupSet(), a.groupRename(), a.groupDelete(), a.groupMember(), a.groupSendAs()),
		command.Group("contact", "Addresses outside that the address book knows",
			a.contactCreate(), a.contactList(), a.contactShow(), a.contactSet(), a.contactDelete()),
		command.Group("resource", "Rooms and equipment", a.resourceSet(), a.resourceList()),
		command.Group("quota", "How full mailboxes are", a.quotaShow()),
		command.Group("store", "Mailboxes, with an owner or without", a.storeList(), a.storeCreate(), a.storeHook(), a.storeUnhook(),
			a.storeOrphans(), a.storeCopy(), a.storeRemove()),
		a.folders(), a.publicFolders(), a.delegates(), a.outOfOffice(), a.rules(), a.sessions(), a.statistics(), a.top(),
		command.Group("queue", "Mail that waits to be sent", a.queueList(), a.queueShow(), a.queueRetry(), a.queueRemove()))
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
		l, end, err := a.reach(cmd)
		if err != nil {
			return err
		}
		defer end()
		return do(cmd.Context(), l.admin, cmd, args)
	}
}
