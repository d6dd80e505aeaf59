// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"fmt"
	"sync/atomic"
	"testing"

	"twiga/lib/mapi/object"
	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// scriptFolders have scripts: what commands and extensions have to do, and the
// sessions of real clients.
var scriptFolders = []string{"conformance", "clients"}

// TestConformance plays the scripts of testdata/imap on the engine in process
// and over the RPC.
func TestConformance(t *testing.T) {
	for _, over := range []struct {
		name string
		wire func(testing.TB, object.Service) object.Service
	}{
		{"engine", func(_ testing.TB, s object.Service) object.Service { return s }},
		{"rpc", overRPC},
	} {
		t.Run(over.name, func(t *testing.T) {
			if testing.Short() && over.name == "rpc" {
				t.Skip("SKIPPED: the same again")
			}
			t.Parallel()
			e := storetest.OpenDir(t, t.TempDir(), store.Options{})
			service := over.wire(t, e.As(store.Peer{Roles: []object.Role{object.RoleGateway}, Name: "test"}))
			r := newRig(t, service, func(c *Config) { c.OtherUsers, c.PublicFolders = "Other Users", "Public Folders" })
			var scripts atomic.Int32
			peer := imaptest.Peer{
				Name:    "twiga",
				Connect: func(tb testing.TB) *imaptest.Client { return imaptest.Dial(tb, "tcp", r.address) },
				Users: func(tb testing.TB, names []string) map[string]imaptest.Account {
					n := scripts.Add(1)
					accounts := map[string]imaptest.Account{}
					for _, who := range names {
						user := storetest.AddUser(tb, e, fmt.Sprintf("%s%d", who, n))
						accounts[who] = imaptest.Account{User: user.Name, Password: storetest.Password}
					}
					return accounts
				},
			}
			for _, folder := range scriptFolders {
				t.Run(folder, func(t *testing.T) { imaptest.RunFolder(t, "../../../testdata/imap/"+folder, peer) })
			}
		})
	}
}
