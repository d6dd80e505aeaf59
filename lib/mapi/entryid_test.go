// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi_test

import (
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"twiga/lib/mapi"
)

const storeGUID = "00112233-4455-6677-8899-aabbccddeeff"

// readEntry decodes an entry id of any kind to its struct, and encodes that again.
func readEntry(b []byte) (entry any, again []byte, err error) {
	switch mapi.EntryKindOf(b) {
	case mapi.EntryFolder:
		e, err := mapi.ReadFolderEntryID(b)
		return e, e.Bytes(), err
	case mapi.EntryMessage:
		e, err := mapi.ReadMessageEntryID(b)
		return e, e.Bytes(), err
	case mapi.EntryStore:
		e, err := mapi.ReadStoreEntryID(b)
		return e, e.Bytes(), err
	case mapi.EntryAddress:
		e, err := mapi.ReadAddressEntryID(b)
		return e, e.Bytes(), err
	case mapi.EntryOneOff:
		e, err := mapi.ReadOneOffEntryID(b)
		return e, e.Bytes(), err
	}
	return nil, nil, mapi.InvalidEntryID
}

func TestEntryID(t *testing.T) {
	store, _ := mapi.ParseGUID(storeGUID)
	const uid = "33221100554477668899aabbccddeeff" // the store's GUID packed
	for name, row := range map[string]struct {
		entry interface{ Bytes() []byte }
		want  string // hexadecimal, spaces between the fields
	}{
		"folder": {mapi.FolderEntryID{Store: store, Folder: 0x1f},
			"00000000 " + uid + " 0100 " + uid + " 00000000001f 0000"},
		"public folder": {mapi.FolderEntryID{Store: store, Public: true, Folder: mapi.MaxCounter},
			"00000000 1a447390aa6611cd9bc800aa002fc45a 0300 " + uid + " ffffffffffff 0000"},
		"message": {mapi.MessageEntryID{Store: store, Folder: 1, Message: 0x010203},
			"00000000 " + uid + " 0700 " + uid + " 000000000001 0000 " + uid + " 000000010203 0000"},
		"public message": {mapi.MessageEntryID{Store: store, Public: true, Folder: 1, Message: 2},
			"00000000 1a447390aa6611cd9bc800aa002fc45a 0900 " + uid + " 000000000001 0000 " + uid + " 000000000002 0000"},
		"store": {mapi.StoreEntryID{Server: "s", Mailbox: "/o=x"},
			"00000000 38a1bb1005e5101aa1bb08002b2a56c2 0000 656d736d64622e646c6c00000000 00000000 " +
				"1b55fa20aa6611cd9bc800aa002fc45a 0c000000 7300 2f6f3d7800"},
		"public store": {mapi.StoreEntryID{Public: true, Server: "s"},
			"00000000 38a1bb1005e5101aa1bb08002b2a56c2 0000 656d736d64622e646c6c00000000 00000000 " +
				"1c830210aa6611cd9bc800aa002fc45a 06000000 7300"},
		"address book": {mapi.AddressEntryID{Type: mapi.DisplayDistList, DN: "/o=x"},
			"00000000 dca740c8c042101ab4b908002b2fe182 01000000 01000000 2f6f3d7800"},
		"one-off": {mapi.OneOffEntryID{Name: "ü", Type: "SMTP", Address: "a"},
			"00000000 812b1fa4bea310199d6e00dd010f5402 0000 0180 fc000000 53004d005400500000006100 0000"},
	} {
		t.Run(name, func(t *testing.T) {
			got := row.entry.Bytes()
			if want := strings.ReplaceAll(row.want, " ", ""); hex.EncodeToString(got) != want {
				t.Fatalf("\n%x, want\n%s", got, want)
			}
			back, _, err := readEntry(got)
			if err != nil || !reflect.DeepEqual(back, row.entry) {
				t.Errorf("back %+v, %v", back, err)
			}
			for n := range got {
				if _, _, err := readEntry(got[:n]); !errors.Is(err, mapi.InvalidEntryID) {
					t.Errorf("cut to %d bytes: %v", n, err)
				}
			}
		})
	}
}

func TestForeignEntryID(t *testing.T) {
	store, _ := mapi.ParseGUID(storeGUID)
	folder := mapi.FolderEntryID{Store: store, Folder: 1}.Bytes()
	for name, at := range map[string]int{"flags": 0, "provider": 4, "type": 20, "database": 22, "padding": 44} {
		t.Run(name, func(t *testing.T) {
			b := append([]byte{}, folder...)
			b[at] ^= 0x40
			if _, err := mapi.ReadFolderEntryID(b); !errors.Is(err, mapi.InvalidEntryID) {
				t.Errorf("error %v", err)
			}
		})
	}
	narrow, _ := hex.DecodeString("00000000812b1fa4bea310199d6e00dd010f540200000000" + "4100" + "534d545000" + "6100")
	if e, err := mapi.ReadOneOffEntryID(narrow); err != nil || e != (mapi.OneOffEntryID{Name: "A", Type: "SMTP", Address: "a"}) {
		t.Errorf("one-off of bytes: %+v, %v", e, err)
	}
}

func TestEntryList(t *testing.T) {
	for name, row := range map[string]struct {
		ids  [][]byte
		want string
	}{
		"none":     {nil, "00000000 00000000"},
		"one":      {[][]byte{{1, 2, 3}}, "01000000 07000000 03000000 010203"},
		"padded":   {[][]byte{{1}, {2, 2, 2, 2}}, "02000000 10000000 01000000 01000000 04000000 02020202"},
		"an empty": {[][]byte{{}, {1}}, "02000000 09000000 00000000 01000000 01"},
	} {
		t.Run(name, func(t *testing.T) {
			got := mapi.EntryList(row.ids...)
			if want := strings.ReplaceAll(row.want, " ", ""); hex.EncodeToString(got) != want {
				t.Errorf("%x, want %s", got, want)
			}
			back, err := mapi.ReadEntryList(got)
			if err != nil || !reflect.DeepEqual(back, row.ids) {
				t.Errorf("back %x, %v", back, err)
			}
		})
	}
	for name, text := range map[string]string{
		"short head":       "000000",
		"size beyond end":  "0100000008000000" + "01000000",
		"too many entries": "ffffffff00000000",
		"entry too long":   "0100000005000000" + "0200000001",
		"entry missing":    "0200000005000000" + "0100000001",
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := hex.DecodeString(text)
			if _, err := mapi.ReadEntryList(b); !errors.Is(err, mapi.InvalidParameter) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestSearchKey(t *testing.T) {
	if got := string(mapi.SearchKey("smtp", "Ann@example.test")); got != "SMTP:ANN@EXAMPLE.TEST\x00" {
		t.Errorf("%q", got)
	}
}

func FuzzEntryID(f *testing.F) {
	store, _ := mapi.ParseGUID(storeGUID)
	f.Add(mapi.FolderEntryID{Store: store, Folder: 1}.Bytes())
	f.Add(mapi.MessageEntryID{Store: store, Folder: 1, Message: 2}.Bytes())
	f.Add(mapi.StoreEntryID{Server: "s", Mailbox: "m"}.Bytes())
	f.Add(mapi.AddressEntryID{DN: "/o=x"}.Bytes())
	f.Add(mapi.OneOffEntryID{Name: "n", Type: "SMTP", Address: "a"}.Bytes())
	f.Add(mapi.EntryList([]byte{1}, []byte{2}))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = mapi.ReadEntryList(b)
		entry, again, err := readEntry(b)
		if err != nil {
			return
		}
		if e, ok := entry.(mapi.OneOffEntryID); ok && !utf8.ValidString(e.Name+"|"+e.Type+"|"+e.Address) {
			return // bytes of some code page, which UTF-16 cannot hold
		}
		back, _, err := readEntry(again)
		if err != nil || !reflect.DeepEqual(back, entry) {
			t.Errorf("%+v comes back as %+v, %v", entry, back, err)
		}
	})
}
