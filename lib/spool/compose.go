// SPDX-License-Identifier: AGPL-3.0-or-later

package spool

import (
	"context"
	"fmt"
	"io"

	"twiga/lib/conv/mime"
	"twiga/lib/delivery/render"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// compose makes the MIME of a message that was born as properties, without
// Bcc. Every try makes the same.
func compose(ctx context.Context, s object.Session, e *object.QueueEntry, m *object.Message, host string, w io.Writer) error {
	return render.Message(ctx, s, w, e.Store, m, withSender{m.Props, e.Address}, mime.ComposeOptions{
		Seed: fmt.Sprintf("%s %s", e.Store, e.Message), Domain: domainOf(e.Address, host), Date: e.Submitted,
	})
}

// withSender are properties of which the sender is the owner, unless they say
// otherwise.
type withSender struct {
	wire.Bag
	address string
}

// Get implements mime.Getter.
func (w withSender) Get(t mapi.PropTag) (mapi.Value, bool) {
	v, ok := w.Bag.Get(t)
	if !ok && t == tag.SenderEmailAddress {
		return mapi.String(w.address), true
	}
	return v, ok
}
