// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"twiga/lib/mapi"
)

// prop is one line of props.txt.
type prop struct {
	name string // without PidTag
	tag  mapi.PropTag
}

// set is a property set of named.txt.
type set struct {
	name string
	guid mapi.GUID
}

// named is a named property of named.txt.
type named struct {
	name string // without Pid
	set  string
	lid  uint32
	text string
	typ  mapi.PropType
}

// readLines gives the fields of each line that is neither empty nor a comment.
func readLines(file string, each func(fields []string) error) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read data: %w", err)
	}
	for i, line := range strings.Split(string(data), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := each(strings.Fields(line)); err != nil {
			return fmt.Errorf("read %s line %d: %w", file, i+1, err)
		}
	}
	return nil
}

func readProps(file string) ([]prop, error) {
	var list []prop
	err := readLines(file, func(f []string) error {
		if len(f) != 3 {
			return fmt.Errorf("%d fields, 3 wanted", len(f))
		}
		name, ok := strings.CutPrefix(f[0], "PidTag")
		if !ok || len(list) > 0 && name <= list[len(list)-1].name {
			return fmt.Errorf("%s is no PidTag name or out of order", f[0])
		}
		id, err := strconv.ParseUint(f[1], 0, 16)
		if err != nil {
			return fmt.Errorf("parse property id: %w", err)
		}
		t, err := parseType(f[2])
		if err != nil {
			return err
		}
		list = append(list, prop{name, mapi.NewTag(uint16(id), t)})
		return nil
	})
	return list, err
}

func readNamed(file string) ([]set, []named, error) {
	var sets []set
	var list []named
	err := readLines(file, func(f []string) error {
		if len(f) == 3 && f[0] == "set" {
			guid, err := mapi.ParseGUID(f[2])
			sets = append(sets, set{f[1], guid})
			return err
		}
		if len(f) != 4 {
			return fmt.Errorf("%d fields, 4 wanted", len(f))
		}
		n, err := parseNamed(f)
		if err != nil {
			return err
		}
		if len(list) > 0 && n.name <= list[len(list)-1].name {
			return fmt.Errorf("%s is out of order", f[0])
		}
		for _, s := range sets {
			if s.name == n.set {
				list = append(list, n)
				return nil
			}
		}
		return fmt.Errorf("unknown property set %q", n.set)
	})
	return sets, list, err
}

func parseNamed(f []string) (named, error) {
	name, ok := strings.CutPrefix(f[0], "Pid")
	if !ok || !strings.HasPrefix(name, "Lid") && !strings.HasPrefix(name, "Name") {
		return named{}, fmt.Errorf("%s is neither PidLid nor PidName", f[0])
	}
	t, err := parseType(f[3])
	if err != nil {
		return named{}, err
	}
	if strings.HasPrefix(name, "Name") {
		return named{name: name, set: f[1], text: f[2], typ: t}, nil
	}
	lid, err := strconv.ParseUint(f[2], 0, 32)
	if err != nil {
		return named{}, fmt.Errorf("parse LID: %w", err)
	}
	return named{name: name, set: f[1], lid: uint32(lid), typ: t}, nil
}

// parseType is the inverse of mapi.PropType's String.
func parseType(name string) (mapi.PropType, error) {
	for t := mapi.PropType(1); t < mapi.MultiFlag*2; t++ {
		if t.Known() && t.String() == name {
			return t, nil
		}
	}
	return 0, fmt.Errorf("unknown type %q", name)
}
