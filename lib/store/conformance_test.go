// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"testing"

	"twiga/lib/mapi/object"
	"twiga/lib/mapi/object/objecttest"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

func TestConformance(t *testing.T) {
	objecttest.Run(t, func(t *testing.T) objecttest.Env {
		e := storetest.OpenDir(t, t.TempDir(), store.Options{Policy: objecttest.Policy()})
		return objecttest.Env{
			Domain: storetest.Domain,
			Service: func(roles ...object.Role) object.Service {
				return e.As(store.Peer{Roles: roles, Name: "test"})
			},
		}
	})
}
