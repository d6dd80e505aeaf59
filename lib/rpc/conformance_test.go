// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"twiga/lib/mapi/object"
	"twiga/lib/mapi/object/objecttest"
	"twiga/lib/stamp"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// served opens the engine and serves it on a socket for every set of roles.
func served(dial func(t *testing.T, socket string) object.Service) func(t *testing.T) objecttest.Env {
	return func(t *testing.T) objecttest.Env {
		dir := t.TempDir()
		board, err := stamp.Create(filepath.Join(dir, "versions"), "test")
		if err != nil {
			t.Fatal(err)
		}
		e := storetest.OpenDir(t, t.TempDir(), store.Options{Policy: objecttest.Policy(), Stamps: func() (*stamp.Board, error) { return board, nil }})
		services := map[string]object.Service{}
		return objecttest.Env{
			Domain: storetest.Domain,
			Service: func(roles ...object.Role) object.Service {
				slices.Sort(roles)
				key := fmt.Sprint(roles)
				if s := services[key]; s != nil {
					return s
				}
				socket := filepath.Join(dir, fmt.Sprintf("%d", len(services)))
				startServer(t, socket, ServerOptions{Versions: &Versions{Board: board, Slot: e.VersionSlot}, Service: func(Peer) object.Service {
					return e.As(store.Peer{Roles: roles, Name: "test"})
				}}, Limits{})
				services[key] = dial(t, socket)
				return services[key]
			},
		}
	}
}

func TestConformanceOverFrames(t *testing.T) {
	objecttest.Run(t, served(func(t *testing.T, socket string) object.Service {
		c, err := Dial(DialOptions{Socket: socket})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}))
}

func TestConformanceOverSOAP(t *testing.T) {
	objecttest.Run(t, served(func(t *testing.T, socket string) object.Service {
		return newSOAPClient(socket)
	}))
}
