// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/metric"
	"twiga/lib/store"
	"twiga/lib/store/redo"
)

// TestMetrics wants that what is counted is shown, and stands in the man page.
func TestMetrics(t *testing.T) {
	page, err := os.ReadFile("../../man/twiga-stored.8")
	if err != nil {
		t.Fatal(err)
	}
	m := metric.New("stored", "1")
	observe(m)("Logon", time.Second, mapi.NotFound)
	damaged(m)("content")
	redoWrote(m)(time.Second)
	observeRedo(m, func() store.RedoStats {
		return store.RedoStats{Stats: redo.Stats{Bytes: 4096, Turns: 2, Full: 3}, Commits: 4, Blobs: 5}
	})
	want := map[string]float64{
		`twiga_rpc_seconds_count{operation="Logon"}`: 1, `twiga_store_damage_total{what="content"}`: 1,
		"twiga_redo_write_seconds_count": 1, "twiga_redo_write_seconds_sum": 1, "twiga_redo_bytes_total": 4096,
		"twiga_redo_turns_total": 2, "twiga_redo_full_total": 3, "twiga_redo_commits_total": 4, "twiga_redo_blobs_total": 5,
	}
	listed := map[string]bool{"twiga_build_info": true}
	for _, name := range regexp.MustCompile(`(?m)^\.It Li (twiga_\w+)$`).FindAllStringSubmatch(string(page), -1) {
		listed[name[1]] = true
	}
	shown := map[string]bool{"twiga_sessions": true} // by the server
	for name := range m.Values() {
		name, _, _ := strings.Cut(name, "{")
		name = strings.TrimSuffix(strings.TrimSuffix(name, "_count"), "_sum")
		if shown[name] = true; strings.HasPrefix(name, "twiga_") && !listed[name] {
			t.Errorf("the man page lacks %s", name)
		}
	}
	for name := range listed {
		if !shown[name] {
			t.Errorf("the man page has %s, which is not shown", name)
		}
	}
	for name, got := range m.Values() {
		if w, is := want[name]; is && got != w {
			t.Errorf("%s is %v, want %v", name, got, w)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s is not shown", name)
	}
}
