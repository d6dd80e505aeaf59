// SPDX-License-Identifier: AGPL-3.0-or-later

package arch

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// layer is a row of the table of layers: its packages may import packages of
// the layers in may, and those that the same pattern takes in.
type layer struct {
	name     string
	caption  string
	packages []string // "lib/x" or, with subpackages, "lib/x/..."
	may      []string
}

// layers is the law, from the bottom up. Changing it takes a decision record.
var layers = []layer{
	{"L0", "The ground: knows no mail.", []string{
		"lib/config", "lib/log", "lib/metric", "lib/systemd", "lib/sqlite", "lib/blob", "lib/charset",
		"lib/htmltext", "lib/spill", "lib/base64lines", "lib/stamp", "lib/sysexits", "lib/scram", "lib/oidc",
	}, nil},
	{"L1", "The model: pure values.", []string{
		"lib/mapi", "lib/mapi/tag/...", "lib/mapi/wire", "lib/mapi/match", "lib/mapi/rtf", "lib/mapi/recur",
	}, []string{"L1"}},
	{"L2", "The contract between the store and everybody else.", []string{
		"lib/mapi/object/...", "lib/directory",
	}, []string{"L1", "L2"}},
	{"L3", "Formats: stateless.", []string{"lib/conv/..."}, []string{"L0", "L1", "L3"}},
	{"L3c", "What protocols have in common: connections, lines and logging in.", []string{
		"lib/proto/lines/...", "lib/proto/sasl/...",
	}, nil},
	{"L3p", "Protocols: grammar and session states, which know nothing of ours and of each other.", []string{
		"lib/proto/imap/...", "lib/proto/pop3/...", "lib/proto/lmtp/...",
	}, []string{"L3c"}},
	{"L3i", "Between a message's bytes and the contract's form, for all applications.", []string{
		"lib/delivery/ingest", "lib/delivery/render",
	}, []string{"L0", "L1", "L2", "L3"}},
	{"L4", "The engine behind the contract.", []string{
		"lib/store/...", "lib/directory/dbdir", "lib/directory/unixdir", "lib/directory/ldapdir",
	}, []string{"L0", "L1", "L2", "L4"}},
	{"L4r", "Transport: the contract over a socket.", []string{"lib/rpc/..."}, []string{"L0", "L1", "L2"}},
	{"L5", "Applications on the contract.", []string{
		"lib/delivery/...", "lib/rules/...", "lib/spool/...", "lib/index/...", "lib/monitor/...", "lib/archive/...",
		"lib/admin/...", "lib/gateway/...",
	}, []string{"L0", "L1", "L2", "L3", "L3c", "L3p", "L3i"}},
	{"L6", "Runtime: being a daemon.", []string{"lib/daemon/..."}, []string{"L0", "L1", "L2", "L3", "L3c", "L3p", "L3i", "L4r", "L5"}},
	{"L7", "Programs: wiring only.", []string{"cmd/..."}, []string{"L0", "L1", "L2", "L3", "L3c", "L3p", "L3i", "L4", "L4r", "L5", "L6"}},
	{"law", "The law.", []string{"lib/arch"}, nil},
}

// layerOf finds a package's layer. An aid for tests stands where its parent
// does.
func layerOf(dir string) *layer {
	l, _ := listed(dir)
	if l == nil && strings.HasSuffix(dir, "test") {
		l, _ = listed(path.Dir(dir))
	}
	return l
}

// listed finds the longest pattern that fits, and its layer.
func listed(dir string) (best *layer, pattern string) {
	longest := -1
	for i := range layers {
		for _, p := range layers[i].packages {
			under, subtree := strings.CutSuffix(p, "/...")
			fits := dir == under || subtree && strings.HasPrefix(dir, under+"/")
			if fits && len(under) > longest {
				best, pattern, longest = &layers[i], p, len(under)
			}
		}
	}
	return best, pattern
}

// related reports whether two directories belong to one entry of the table.
func related(a, b string) bool {
	_, pa := listed(a)
	_, pb := listed(b)
	return pa == pb
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range load(t).sorted() {
		if !strings.HasPrefix(p.dir, "lib/") && !strings.HasPrefix(p.dir, "cmd/") {
			continue
		}
		own := layerOf(p.dir)
		if own == nil {
			t.Errorf("%s stands in no layer", p.dir)
			continue
		}
		if p.isAid() {
			continue
		}
		for _, imp := range p.imports {
			to := layerOf(imp)
			switch {
			case to == nil:
				t.Errorf("%s imports %s, which stands in no layer", p.dir, imp)
			case strings.HasSuffix(imp, "test"):
				t.Errorf("%s imports %s, which is for tests", p.dir, imp)
			case slices.Contains(own.may, to.name), related(p.dir, imp):
			default:
				t.Errorf("%s (%s) imports %s (%s): not downward", p.dir, own.name, imp, to.name)
			}
		}
	}
}

// Tests of the protocols, too, know nothing of ours.
func TestProtocolTestsStandAlone(t *testing.T) {
	for _, p := range load(t).sorted() {
		for _, imp := range p.tests {
			if strings.HasPrefix(p.dir, "lib/proto/") && !strings.HasPrefix(imp, "lib/proto/") {
				t.Errorf("tests of %s import %s", p.dir, imp)
			}
		}
	}
}

// linksEngine are the programs that may open the data.
var linksEngine = []string{"cmd/stored", "cmd/storectl"}

func TestOnlyStoredLinksTheEngine(t *testing.T) {
	tr := load(t)
	for _, p := range tr.sorted() {
		if !p.isMain() || slices.Contains(linksEngine, p.dir) {
			continue
		}
		if path := tr.pathTo(p.dir, "L4", map[string]bool{}); path != nil {
			t.Errorf("%s links the engine: %s", p.dir, strings.Join(path, " imports "))
		}
	}
}

// pathTo is a chain of imports from dir to a package of the layer, nil if none.
func (t *tree) pathTo(dir, layer string, seen map[string]bool) []string {
	if seen[dir] || t.pkgs[dir] == nil {
		return nil
	}
	seen[dir] = true
	if l := layerOf(dir); l != nil && l.name == layer {
		return []string{dir}
	}
	for _, imp := range t.pkgs[dir].imports {
		if path := t.pathTo(imp, layer, seen); path != nil {
			return append([]string{dir}, path...)
		}
	}
	return nil
}

func TestLayerOf(t *testing.T) {
	for dir, want := range map[string]string{
		"lib/mapi": "L1", "lib/mapi/object": "L2", "lib/mapi/object/objecttest": "L2", "lib/mapi/tag/gen": "L1", "lib/mapi/mapitest": "L1",
		"lib/directory": "L2", "lib/directory/dbdir": "L4", "lib/store/acl": "L4", "lib/rpc/codec": "L4r", "cmd/x": "L7",
	} {
		if l := layerOf(dir); l == nil || l.name != want {
			t.Errorf("%s: got %v, want %s", dir, l, want)
		}
	}
	if l := layerOf("lib/mapix"); l != nil {
		t.Errorf("lib/mapix: got %s", l.name)
	}
}
