// SPDX-License-Identifier: AGPL-3.0-or-later

package ruletext

import (
	"fmt"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// The flavors of a forward, [MS-OXORULE] 2.2.5.1.1.4.
const (
	preserveSender = 0x1
	asIs           = 0x2
	asAttachment   = 0x4
)

// Forward sends the message on as a new one.
func Forward(addresses []string) object.Action {
	return object.Action{Type: object.ActionForward, Recipients: people(addresses)}
}

// Redirect sends the message on as it is, from its sender.
func Redirect(addresses []string) object.Action {
	a := Forward(addresses)
	a.Flavor = preserveSender | asIs
	return a
}

func people(addresses []string) []mapi.Props {
	var out []mapi.Props
	for _, address := range addresses {
		var p mapi.Props
		p.Set(tag.RecipientType, mapi.Int32(int32(mapi.RecipientTo)))
		p.Set(tag.DisplayName, mapi.String(address))
		p.Set(tag.AddressType, mapi.String("SMTP"))
		p.Set(tag.EmailAddress, mapi.String(address))
		out = append(out, p)
	}
	return out
}

// Category puts messages into categories; id is that of the named property
// Keywords in the store.
func Category(id uint16, names []string) object.Action {
	var p mapi.Props
	p.Set(Keywords(id), mapi.Strings(names...))
	return object.Action{Type: object.ActionTag, Set: p}
}

// Keywords is the tag of the categories where their name has this id.
func Keywords(id uint16) mapi.PropTag {
	return mapi.PropTag(uint32(id)<<16 | uint32(mapi.PtypMultipleString))
}

// Names says what ids stand for in a mailbox.
type Names struct {
	Folder     func(store mapi.GUID, id mapi.ID) string
	Categories mapi.PropTag // of the property Keywords; 0 is none
}

// kinds are the actions whose words say all.
var kinds = map[object.ActionType]string{
	object.ActionReply: "reply", object.ActionOOFReply: "reply while out of office", object.ActionDefer: "left to the client",
	object.ActionBounce: "send back", object.ActionDelete: "delete", object.ActionMarkAsRead: "mark as read",
}

// Action tells an action in words.
func (n *Names) Action(a *object.Action) string {
	switch a.Type {
	case object.ActionMove:
		return "move to " + n.Folder(a.Store, a.Folder)
	case object.ActionCopy:
		return "copy to " + n.Folder(a.Store, a.Folder)
	case object.ActionForward:
		how := "forward to "
		switch {
		case a.Flavor&preserveSender != 0:
			how = "redirect to "
		case a.Flavor&asAttachment != 0:
			how = "forward as attachment to "
		}
		return how + addresses(a.Recipients)
	case object.ActionDelegate:
		return "give to delegate " + addresses(a.Recipients)
	case object.ActionTag:
		return n.tags(a.Set)
	}
	if k := kinds[a.Type]; k != "" {
		return k
	}
	return fmt.Sprintf("action 0x%02x", uint8(a.Type))
}

func (n *Names) tags(set mapi.Props) string {
	var out []string
	for _, p := range set {
		if n.Categories != 0 && p.Tag == n.Categories {
			out = append(out, "category "+strings.Join(p.Value.Texts(), ", "))
			continue
		}
		out = append(out, fmt.Sprintf("set %s to %s", word(p.Tag), value(p.Value)))
	}
	return strings.Join(out, ", ")
}

func addresses(list []mapi.Props) string {
	var out []string
	for _, p := range list {
		text := p.Text(tag.EmailAddress)
		if text == "" {
			text = p.Text(tag.DisplayName)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}
