// SPDX-License-Identifier: AGPL-3.0-or-later

package tag_test

import (
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
)

func TestTags(t *testing.T) {
	for name, row := range map[string]struct {
		tag  mapi.PropTag
		want mapi.PropTag
		as   string
	}{
		"string":            {tag.Subject, 0x0037001f, "Subject"},
		"message id":        {tag.InternetMessageId, 0x1035001f, "InternetMessageId"},
		"flags":             {tag.MessageFlags, 0x0e070003, "MessageFlags"},
		"two types one id":  {tag.MessageSizeExtended, 0x0e080014, "MessageSizeExtended"},
		"the other of them": {tag.MessageSize, 0x0e080003, "MessageSize"},
		"body as bytes":     {tag.Html, 0x10130102, "Html"},
		"multi-value":       {tag.AdditionalRenEntryIds, 0x36d81102, "AdditionalRenEntryIds"},
		"one tag two names": {tag.SearchFolderTag, 0x68470003, "FreeBusyPublishStart"},
		"unknown":           {0x12340003, 0x12340003, "0x12340003"},
	} {
		t.Run(name, func(t *testing.T) {
			if row.tag != row.want {
				t.Errorf("tag %s, want %s", row.tag, row.want)
			}
			if got := tag.Name(row.tag); got != row.as {
				t.Errorf("name %q, want %q", got, row.as)
			}
			if got, ok := tag.Parse(row.as); !ok || got != row.want {
				t.Errorf("parse %q: %s, %v", row.as, got, ok)
			}
		})
	}
}

func TestParse(t *testing.T) {
	for name, row := range map[string]struct {
		text string
		want mapi.PropTag
		ok   bool
	}{
		"canonical name":   {"PidTagDisplayTo", tag.DisplayTo, true},
		"short name":       {"DisplayTo", tag.DisplayTo, true},
		"number":           {"0x0e04001f", tag.DisplayTo, true},
		"capital digits":   {"0x0E04001F", tag.DisplayTo, true},
		"too few digits":   {"0x0e04", 0, false},
		"no digits":        {"0xzzzzzzzz", 0, false},
		"unknown":          {"PidTagNothing", 0, false},
		"wrong case":       {"displayto", 0, false},
		"empty":            {"", 0, false},
		"prefix by itself": {"PidTag", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := tag.Parse(row.text); ok != row.ok || ok && got != row.want {
				t.Errorf("%s, %v; want %s, %v", got, ok, row.want, row.ok)
			}
		})
	}
}

func TestNamed(t *testing.T) {
	for name, row := range map[string]struct {
		named tag.Named
		set   string
		lid   uint32
		text  string
		typ   mapi.PropType
		as    string
	}{
		"number":  {tag.LidLocation, "00062002-0000-0000-c000-000000000046", 0x8208, "", mapi.PtypString, "LidLocation"},
		"task":    {tag.LidPercentComplete, "00062003-0000-0000-c000-000000000046", 0x8102, "", mapi.PtypFloating64, "LidPercentComplete"},
		"meeting": {tag.LidGlobalObjectId, "6ed8da90-450b-101b-98da-00aa003f1305", 3, "", mapi.PtypBinary, "LidGlobalObjectId"},
		"string":  {tag.NameKeywords, "00020329-0000-0000-c000-000000000046", 0, "Keywords", mapi.PtypMultipleString, "NameKeywords"},
		"header":  {tag.NameContentClass, "00020386-0000-0000-c000-000000000046", 0, "Content-Class", mapi.PtypString, "NameContentClass"},
	} {
		t.Run(name, func(t *testing.T) {
			n := row.named.Name()
			if n.Set.String() != row.set || n.LID != row.lid || n.Text != row.text || row.named.Type() != row.typ {
				t.Errorf("%s %s", n, row.named.Type())
			}
			if back, ok := tag.NamedOf(n); !ok || back != row.named {
				t.Errorf("NamedOf gives %s", back)
			}
			if back, ok := tag.ParseNamed("Pid" + row.as); !ok || back != row.named || back.String() != row.as {
				t.Errorf("ParseNamed gives %s", back)
			}
		})
	}
	if _, ok := tag.NamedOf(mapi.Name{Set: tag.SetAppointment.GUID(), LID: 1}); ok {
		t.Error("NamedOf knows an unknown name")
	}
	if n := tag.Named(0xffff); n.String() != "unknown" || n.Name() != (mapi.Name{}) || tag.Set(0).String() != "unknown" {
		t.Error("a number out of range is something")
	}
}

// Every named property is found again by its name and by its set and id.
func TestNamedAll(t *testing.T) {
	n := 0
	for id := tag.Named(1); id.String() != "unknown"; id++ {
		n++
		if back, ok := tag.ParseNamed(id.String()); !ok || back != id {
			t.Errorf("%s parses to %s", id, back)
		}
		if back, ok := tag.NamedOf(id.Name()); !ok || back != id {
			t.Errorf("%s is found as %s", id, back)
		}
		if !id.Type().Known() {
			t.Errorf("%s has type %s", id, id.Type())
		}
	}
	if n < 400 {
		t.Errorf("only %d named properties", n)
	}
}

func BenchmarkName(b *testing.B) {
	for b.Loop() {
		tag.Name(tag.Subject)
	}
}
