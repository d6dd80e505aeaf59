// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"strings"
	"sync"
	"testing"
)

// TestAnnotationsOfTwoGateways: none of what both change at once is lost.
func TestAnnotationsOfTwoGateways(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			service := open(t)
			const each = 15
			var work sync.WaitGroup
			for g := range 2 {
				c := newRig(t, service).client(t)
				work.Go(func() {
					for i := range each {
						if r := c.Cmd(`SETMETADATA INBOX (/private/comment/%d-%d "p" /shared/comment/%d-%d "s")`, g, i, g, i); r.Status != "OK" {
							t.Errorf("gateway %d: %s", g, r)
						}
					}
				})
			}
			work.Wait()
			got := strings.Join(newRig(t, service).client(t).OK("GETMETADATA (DEPTH infinity) INBOX (/private/comment /shared/comment)"), " ")
			for _, kind := range []string{"/private/", "/shared/"} {
				if n := strings.Count(got, kind); n != 2*each {
					t.Errorf("%d entries below %s are left of %d", n, kind, 2*each)
				}
			}
		})
	}
}
