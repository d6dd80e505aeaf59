// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// scriptFolders have scripts: what commands and extensions have to do, the
// sessions of real clients, and what is to be seen under small limits only.
var scriptFolders = []struct {
	name     string
	limits   proto.Limits
	progress time.Duration
}{
	{name: "conformance"},
	{name: "own"},
	{name: "clients"},
	{"limited", proto.Limits{Messages: 3}, time.Nanosecond},
}

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
			var scripts atomic.Int32
			users := func(tb testing.TB, names []string) map[string]imaptest.Account {
				n := scripts.Add(1)
				accounts := map[string]imaptest.Account{}
				for _, who := range names {
					user := storetest.AddUser(tb, e, fmt.Sprintf("%s%d", who, n))
					accounts[who] = imaptest.Account{User: user.Name, Password: storetest.Password}
				}
				return accounts
			}
			for _, folder := range scriptFolders {
				r := newRigOf(t, Config{Service: service, OtherUsers: "Other Users", PublicFolders: "Public Folders"},
					proto.Config{PlainLogin: true, DecodeText: DecodeText, Limits: folder.limits, Progress: folder.progress})
				peer := imaptest.Peer{
					Name: "twiga", Users: users,
					Connect: func(tb testing.TB) *imaptest.Client { return imaptest.Dial(tb, "tcp", r.address) },
				}
				t.Run(folder.name, func(t *testing.T) { imaptest.RunFolder(t, "../../../testdata/imap/"+folder.name, peer) })
			}
		})
	}
}
