// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/object/dump"
)

// userVersionAt is where the header of a database has the version of its
// schema, four bytes, the highest first (SQLite's file format, 1.3).
const userVersionAt = 60

// migrated is a mailbox and the versions of its schema.
type migrated struct {
	Store  string `json:"store"`
	Owner  string `json:"owner"`
	Before uint64 `json:"before"` // 0: not known
	After  uint64 `json:"after"`
}

// migrate is "migrate": it opens each mailbox, which brings its schema forward.
func (a *app) migrate() *cobra.Command {
	f := new(manyFlags)
	cmd := &cobra.Command{
		Use: "migrate", Short: "Bring mailboxes to the form of this version", Args: command.Exactly(0),
		Long: "Bring the databases of mailboxes to the form of this version. It is done for each\n" +
			"mailbox that is opened anyhow; this does it for all beforehand.",
	}
	f.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		settings, err := a.settings(cmd)
		if err != nil {
			return err
		}
		before, err := schemas(settings.DataDir)
		if err != nil {
			return err
		}
		done := struct {
			Mode   string     `json:"mode"`
			Stores []migrated `json:"stores"`
		}{Stores: []migrated{}}
		err = a.eachStore(cmd, f, "migrating", func(ctx context.Context, s reached, mode string, st *object.Store) error {
			after, err := schemaOf(ctx, s, st.GUID)
			if err != nil {
				return err
			}
			m := migrated{st.GUID.String(), st.Owner, before[st.GUID.String()], after}
			done.Mode, done.Stores = mode, append(done.Stores, m)
			if !a.json && m.Before != m.After {
				note(cmd.OutOrStdout(), "%s: version %s, now %d", who(st.Owner, st.GUID), versionText(m.Before), m.After)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return a.told(cmd, done, "%d mailboxes are of the form of this version, by %s\n", len(done.Stores), by(done.Mode))
	}
	return cmd
}

func versionText(version uint64) string {
	if version == 0 {
		return "unknown"
	}
	return fmt.Sprint(version)
}

// schemas are the versions of the mailboxes' databases as they lie on disk;
// none where they are not on this machine, or not ours to read.
func schemas(dir string) (map[string]uint64, error) {
	out := map[string]uint64{}
	files, err := filepath.Glob(filepath.Join(dir, mailboxesName, "*", "mailbox.db"))
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		var b [4]byte
		if _, err := f.ReadAt(b[:], userVersionAt); err == nil || err == io.EOF {
			out[filepath.Base(filepath.Dir(name))] = uint64(binary.BigEndian.Uint32(b[:]))
		}
		f.Close()
	}
	return out, err
}

// schemaOf is the version of a mailbox that is open: the header of a dump has it.
func schemaOf(ctx context.Context, s object.Session, guid mapi.GUID) (uint64, error) {
	in := newPulled(chunksOf(s.Dump(ctx, object.DumpRequest{Store: guid})))
	defer in.close()
	d, err := dump.NewDecoder(in)
	if err != nil {
		return 0, err
	}
	return d.Header.Schema, nil
}
