// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// maxChecked is the most bytes of an embedded message that are looked into.
const maxChecked = 1 << 20

// checkEmbedded sees to it that an attachment that is a message (PidTagAttachMethod
// afEmbeddedMessage, [MS-OXCMSG] 2.2.2.9) holds one, where its content is at
// hand. The attachments of a message that came as MIME are MIME.
func checkEmbedded(n *object.NewMessage, a *object.NewAttachment) error {
	if len(n.Content) > 0 || mapi.AttachMethod(a.Props.Int(tag.AttachMethod)) != mapi.AttachEmbedded {
		return nil
	}
	var data []byte
	for i := range a.Content {
		s := &a.Content[i]
		if s.Blob != (object.BlobID{}) || len(data)+len(s.Inline) > maxChecked {
			return nil
		}
		data = append(data, s.Inline...)
	}
	if _, err := wire.ReadMessage(data); err != nil {
		return fmt.Errorf("it is no message: %w: %w", mapi.InvalidParameter, err)
	}
	return nil
}
