// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
	"twiga/lib/store/salvage"
)

// salvagedName is the name of the database into which a damaged one is read.
const salvagedName = databaseName + ".salvaged"

// keptMax is how many damaged databases are kept beside a mailbox.
const keptMax = 100

// checkUnopened tells that a mailbox cannot be opened and, where that is asked
// for, repairs and opens it.
func (e *Engine) checkUnopened(ctx context.Context, guid mapi.GUID, req *object.CheckRequest, cause error, yield func(object.Problem) bool) (*mailbox, error) {
	if !req.Repair {
		yield(object.Problem{Store: guid, Kind: "integrity", Object: "database", Text: cause.Error()})
		return nil, nil
	}
	var told string
	m, err := e.acquireWith(guid, func(guid mapi.GUID) (*mailbox, error) {
		var err error
		if told, err = e.salvageMailbox(ctx, guid, filepath.Join(e.mailboxDir(guid), databaseName)); err != nil {
			return nil, err
		}
		return e.openMailbox(guid)
	})
	if err != nil {
		return nil, err
	}
	if !yield(object.Problem{Store: guid, Kind: "integrity", Object: "database", Text: cause.Error() + "; " + told, Repaired: true}) {
		e.leave(m)
		return nil, errEnough
	}
	return m, nil
}

// repairFile reads a database that is damaged, but can be opened, into a new one.
func (k *checker) repairFile(ctx context.Context) error {
	var list []string
	err := k.m.view(ctx, func(c *sqlite.Conn) (err error) {
		if list, err = c.IntegrityCheck(); err != nil || len(list) > 0 {
			return err
		}
		list, err = missingTables(c)
		return err
	})
	if err == nil {
		err = k.m.writable()
	}
	if isDamage(err) {
		list = append(list, err.Error())
	} else if err != nil {
		return err
	}
	if len(list) == 0 {
		return nil
	}
	return k.readAnew(ctx, list[0])
}

// writable tells of a database that takes no writes on a disk that does: its
// header is damaged (1.3.3: a write version that is not known).
func (m *mailbox) writable() error {
	m.writing.Lock()
	defer m.writing.Unlock()
	c, err := m.writer()
	if err != nil {
		return err
	}
	err = c.Exec("UPDATE mailbox SET one = one WHERE one < 0")
	if sqlite.KindOf(err) != sqlite.ReadOnly {
		return err
	}
	f, ferr := os.CreateTemp(filepath.Dir(m.path), "probe-")
	if ferr != nil {
		return err
	}
	f.Close()
	_ = os.Remove(f.Name())
	return fmt.Errorf("write mailbox: %w: %w", err, mapi.CorruptStore)
}

// readAnew puts what can be read of an open mailbox in its place.
func (k *checker) readAnew(ctx context.Context, cause string) error {
	var told string
	k.m.writing.Lock()
	err := k.m.alone(ctx, func() (err error) {
		told, err = k.m.e.salvageMailbox(ctx, k.m.guid, k.m.path)
		return err
	})
	if err == nil {
		var c *sqlite.Conn
		if c, err = k.m.writer(); err == nil {
			err = k.m.reload(c)
		}
	}
	k.m.writing.Unlock()
	if err != nil {
		return err
	}
	return k.problem("integrity", "database", true, "%s; %s", cause, told)
}

// missingTables tells of tables without which nothing works.
func missingTables(c *sqlite.Conn) (out []string, err error) {
	have, err := c.Tables()
	for _, name := range []string{"mailbox", "folder", "item", "message", "body", "tombstone", "queue", "deleted", "blob"} {
		if !slices.Contains(have, name) {
			out = append(out, "the table "+name+" is not there")
		}
	}
	for _, l := range leftovers {
		if !slices.Contains(have, l.table) {
			out = append(out, "the table "+l.table+" is not there")
		}
	}
	return out, err
}

// salvageMailbox puts a new database in place of one that nobody has open. The
// damaged one stays beside it.
func (e *Engine) salvageMailbox(ctx context.Context, guid mapi.GUID, path string) (told string, err error) {
	fresh := filepath.Join(filepath.Dir(path), salvagedName)
	removeDatabase(fresh) // of a try that a crash ended
	defer removeDatabase(fresh)
	r := &rescue{e: e, guid: guid}
	if err := r.run(ctx, path, fresh); err != nil {
		return "", fmt.Errorf("salvage mailbox %s: %w", guid, coded(err))
	}
	kept := ""
	for n := 1; kept == ""; n++ {
		name := fmt.Sprintf("%s.damaged-%d", path, n)
		if _, err := os.Lstat(name); os.IsNotExist(err) {
			kept = name
		} else if n == keptMax {
			return "", fmt.Errorf("salvage mailbox %s: %d damaged databases are kept beside it: %w", guid, n, mapi.NotEnoughResources)
		}
	}
	if err := changeFiles(path, fresh, kept); err != nil {
		return "", fmt.Errorf("salvage mailbox %s: %w", guid, err)
	}
	told = fmt.Sprintf("%d messages in %d folders were read from it, it is kept as %s", r.messages, r.folders, filepath.Base(kept))
	log.Warn(ctx, codeSalvage, "damaged mailbox was read into a new file", log.Store(guid.String()))
	return told, nil
}

// rescue reads what can be read of a damaged mailbox.
type rescue struct {
	e                 *Engine
	guid              mapi.GUID
	c                 *sqlite.Conn
	messages, folders int64
}

func (r *rescue) run(ctx context.Context, path, fresh string) error {
	old, err := salvage.Open(path)
	if err != nil {
		return diskError(err)
	}
	defer old.Close()
	if r.c, err = sqlite.Open(fresh, sqlite.Options{Create: true}); err != nil {
		return err
	}
	defer r.c.Close()
	schema := len(migrations)
	if v := old.Version(); v > 0 && v < int64(schema) {
		schema = int(v)
	}
	if err := r.c.Migrate(migrations[:schema]); err != nil {
		return err
	}
	if err := r.c.Update(func() error { return r.rows(ctx, old) }); err != nil {
		return err
	}
	if err := r.c.Migrate(migrations); err != nil {
		return err
	}
	err = r.c.Update(func() error {
		if err := r.frame(ctx); err != nil {
			return err
		}
		f := &fixer{c: r.c}
		if err := f.run(); err != nil {
			return err
		}
		return f.raise()
	})
	if err == nil {
		r.messages, err = r.c.Int("SELECT count(*) FROM message")
	}
	if err == nil {
		r.folders, err = r.c.Int("SELECT count(*) - 1 FROM folder")
	}
	if err != nil {
		return err
	}
	return r.c.Close()
}

// rows copies the rows of the tables that the schema has, then those of pages
// whose table is not known, as far as they can be told apart.
func (r *rescue) rows(ctx context.Context, old *salvage.File) error {
	roots := old.Tables()
	names, err := r.c.Tables()
	if err != nil {
		return err
	}
	targets := map[string]*target{}
	for _, name := range names {
		t, err := newTarget(r.c, name)
		if err != nil {
			return err
		}
		targets[name] = t
		if root := roots[name]; root != 0 && name != "blob" && name != "shared" {
			old.Rows(root, func(row salvage.Row) bool { err = t.insert(ctx, r.c, row); return err == nil })
		} else {
			old.Rows(root, func(salvage.Row) bool { return true })
		}
		if err != nil {
			return err
		}
	}
	old.Orphans(func(row salvage.Row) bool {
		if t := targets[shapeOf(row)]; t != nil {
			err = t.insert(ctx, r.c, row)
		}
		return err == nil
	})
	return err
}

// target is a table that rows go into.
type target struct {
	keyed   bool     // has no rowid
	columns []string // in the order of the record
	sql     map[int]string
	name    string
}

func newTarget(c *sqlite.Conn, name string) (*target, error) {
	t := &target{name: name, sql: map[int]string{}}
	rows, err := c.Query("SELECT name, pk FROM pragma_table_info(?)", name)
	if err != nil {
		return nil, err
	}
	type column struct {
		name string
		key  int64
	}
	var list []column
	for rows.Next() {
		list = append(list, column{rows.Text(0), rows.Int(1)})
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	keyed, err := c.Int("SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'", name)
	if t.keyed = keyed == 1; t.keyed { // 2.4: the columns of the key come first
		slices.SortStableFunc(list, func(a, b column) int {
			first := func(c column) int64 {
				if c.key == 0 {
					return 1 << 32
				}
				return c.key
			}
			return cmp.Compare(first(a), first(b))
		})
	}
	for _, col := range list {
		t.columns = append(t.columns, col.name)
	}
	return t, err
}

// insert puts a row into the table; one that the table does not take is lost.
// Columns that came later have no value in older rows.
func (t *target) insert(ctx context.Context, c *sqlite.Conn, row salvage.Row) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	n := len(row.Columns)
	if n == 0 || n > len(t.columns) || row.Keyed != t.keyed {
		return nil
	}
	if !row.Keyed && row.Columns[0] == nil { // 2.3: the key is the rowid
		row.Columns[0] = row.ID
	}
	if t.sql[n] == "" {
		t.sql[n] = sqlite.InsertStatement("INSERT OR IGNORE", t.name, t.columns[:n])
	}
	err := c.Exec(t.sql[n], row.Columns...)
	switch sqlite.KindOf(err) {
	case sqlite.Constraint, sqlite.TooBig:
		return nil
	}
	return err
}

// shapeOf guesses the table of a row by its columns: only those that hold the
// messages can be told.
func shapeOf(row salvage.Row) string {
	var kinds []byte
	for _, v := range row.Columns {
		switch v.(type) {
		case nil:
			kinds = append(kinds, '0')
		case int64:
			kinds = append(kinds, 'i')
		case string:
			kinds = append(kinds, 't')
		case []byte:
			kinds = append(kinds, 'b')
		default:
			kinds = append(kinds, 'f')
		}
	}
	k := string(kinds)
	switch {
	case row.Keyed && len(k) >= 11 && k[:8] == "iiiiiiii":
		return "item"
	case row.Keyed:
		return ""
	case (len(k) == 7 || len(k) == 8 && k[7] != 'b') && k[:3] == "0ii" && k[4] == 'b':
		return "message"
	case len(k) == 2 && k[1] == 'b':
		if body, _ := row.Columns[1].([]byte); contentSize(body) >= 0 {
			return "body"
		}
	case len(k) >= 15 && k[:14] == "0iiiiiiiiiiitt":
		return "folder"
	case k == "0bibti":
		return "mailbox"
	}
	return ""
}
