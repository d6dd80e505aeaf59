// SPDX-License-Identifier: AGPL-3.0-or-later

package soap

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
)

func parseBool(text string, v reflect.Value) error {
	switch text { // the lexical forms of xs:boolean
	case "true", "1":
		v.SetBool(true)
	case "false", "0", "":
		v.SetBool(false)
	default:
		return fmt.Errorf("want true or false, got %.20q", text)
	}
	return nil
}

// parseUint takes decimal, and hexadecimal behind 0x. Nothing is 0.
func parseUint(text string, v reflect.Value) error {
	if text == "" {
		v.SetUint(0)
		return nil
	}
	n, err := strconv.ParseUint(text, 0, v.Type().Bits())
	v.SetUint(n)
	return err
}

func parseInt(text string, v reflect.Value) error {
	if text == "" {
		v.SetInt(0)
		return nil
	}
	n, err := strconv.ParseInt(text, 0, v.Type().Bits())
	v.SetInt(n)
	return err
}

// parseHex fills an array of bytes. Nothing is all zeros.
func parseHex(text string, v reflect.Value) error {
	if text == "" {
		v.SetZero()
		return nil
	}
	if len(text) != 2*v.Len() {
		return fmt.Errorf("want %d hexadecimal digits, got %d", 2*v.Len(), len(text))
	}
	_, err := hex.Decode(v.Bytes(), []byte(text))
	return err
}

func formatGUID(v reflect.Value) string { return v.Interface().(mapi.GUID).String() }

func parseGUID(text string, v reflect.Value) error {
	if text == "" {
		v.SetZero()
		return nil
	}
	g, err := mapi.ParseGUID(text)
	v.Set(reflect.ValueOf(g))
	return err
}

func formatTag(v reflect.Value) string { return mapi.PropTag(v.Uint()).String() }

func parseTag(text string, v reflect.Value) error {
	t, ok := tag.Parse(text)
	if !ok {
		return fmt.Errorf("unknown property %.40q", text)
	}
	v.SetUint(uint64(t))
	return nil
}

func formatCode(v reflect.Value) string { return fmt.Sprintf("0x%08x", v.Uint()) }

func formatTime(v reflect.Value) string {
	t := v.Interface().(time.Time)
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func parseTime(text string, v reflect.Value) error {
	if text == "" {
		v.SetZero()
		return nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	v.Set(reflect.ValueOf(t.UTC()))
	return err
}
