// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// maxTop is how many folders and contents can be listed of each mailbox.
const maxTop = 1000

// stats is "stats": where the bytes go.
func (a *app) stats() *cobra.Command {
	f := new(manyFlags)
	top := 10
	cmd := &cobra.Command{
		Use: "stats", Short: "Tell where the bytes go", Args: command.Exactly(0),
		Long: "Tell where the bytes of mailboxes go: what messages would take by themselves and\n" +
			"what they take, the largest folders and attachments. What several mailboxes share\n" +
			"counts in each of them, and once in the sum of all.",
	}
	f.add(cmd)
	cmd.Flags().IntVar(&top, "top", top, "how many of the largest folders and attachments to list")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if top < 0 || top > maxTop {
			return sysexits.With(sysexits.Usage, fmt.Errorf("--top is from 0 to %d", maxTop))
		}
		out := statsJSON{Stores: []storeStatsJSON{}, Folders: []folderJSON{}, Attachments: []attachmentJSON{}}
		largest := map[object.BlobID]int{}
		err := a.eachStore(cmd, f, "adding up", func(ctx context.Context, s reached, mode string, st *object.Store) error {
			stat, err := s.StoreStatistics(ctx, object.StoreStatisticsRequest{Store: st.GUID, Top: top})
			if err != nil {
				return err
			}
			out.Mode = mode
			out.add(st, &stat, largest)
			if f.one() || len(out.Stores) > 1 {
				return nil
			}
			out.Server, err = serverBlobs(ctx, s)
			return err
		})
		if err != nil {
			return err
		}
		out.rank(top)
		if a.json {
			return a.told(cmd, out, "")
		}
		return out.print(cmd.OutOrStdout())
	}
	return cmd
}

// statsJSON are statistics as they are told to programs.
type statsJSON struct {
	Mode        string           `json:"mode"`
	Total       totalsJSON       `json:"total"`
	Stores      []storeStatsJSON `json:"stores"`
	Server      *serverJSON      `json:"server,omitempty"` // not of one mailbox
	Folders     []folderJSON     `json:"top_folders"`
	Attachments []attachmentJSON `json:"top_attachments"`
}

// totalsJSON are numbers of bytes, and of what they are of. The bytes of blobs
// are those on disk; content is what the references to them stand for.
type totalsJSON struct {
	Messages       int64   `json:"messages"`
	Associated     int64   `json:"associated"`
	Deleted        int64   `json:"deleted"`
	Content        int64   `json:"content"`
	DeletedContent int64   `json:"deleted_content"`
	Database       int64   `json:"database"`
	Free           int64   `json:"free"`
	Inline         int64   `json:"inline"`
	Blobs          int64   `json:"blobs"`
	BlobRefs       int64   `json:"blob_refs"`
	BlobBytes      int64   `json:"blob_bytes"`
	BlobContent    int64   `json:"blob_content"`
	Disk           int64   `json:"disk"`       // database and blobs
	Saved          float64 `json:"ratio"`      // content by disk
	BlobSaved      float64 `json:"blob_ratio"` // the same of blobs: what keeping each once and packing them saves
}

// serverJSON are the blobs of all mailboxes, each once.
type serverJSON struct {
	Blobs       int64 `json:"blobs"`
	BlobBytes   int64 `json:"blob_bytes"`
	Unused      int64 `json:"unused"` // that nothing refers to
	UnusedBytes int64 `json:"unused_bytes"`
}

func serverBlobs(ctx context.Context, s object.Session) (*serverJSON, error) {
	c, err := s.CollectBlobs(ctx, object.CollectBlobsRequest{DryRun: true})
	return &serverJSON{c.Kept, c.KeptBytes, c.Removed, c.RemovedBytes}, err
}

type storeStatsJSON struct {
	Store string `json:"store"`
	Owner string `json:"owner"`
	totalsJSON
}

type folderJSON struct {
	Store    string `json:"store"`
	Owner    string `json:"owner"`
	Folder   string `json:"folder"`
	Name     string `json:"name"`
	Messages int64  `json:"messages"`
	Bytes    int64  `json:"bytes"`
}

type attachmentJSON struct {
	Blob  string `json:"blob"`
	Bytes int64  `json:"bytes"`
	Disk  int64  `json:"disk"`
	Refs  int64  `json:"refs"`
}

func (t *totalsJSON) sum(o *totalsJSON) {
	t.Messages += o.Messages
	t.Associated += o.Associated
	t.Deleted += o.Deleted
	t.Content += o.Content
	t.DeletedContent += o.DeletedContent
	t.Database += o.Database
	t.Free += o.Free
	t.Inline += o.Inline
	t.Blobs += o.Blobs
	t.BlobRefs += o.BlobRefs
	t.BlobBytes += o.BlobBytes
	t.BlobContent += o.BlobContent
}

func (t *totalsJSON) ratios() {
	t.Disk = t.Database + t.BlobBytes
	t.Saved, t.BlobSaved = ratio(t.Content, t.Disk), ratio(t.BlobContent, t.BlobBytes)
}

func ratio(of, by int64) float64 {
	if by == 0 {
		return 1
	}
	return float64(of) / float64(by)
}

func (o *statsJSON) add(st *object.Store, s *object.StoreStatistics, largest map[object.BlobID]int) {
	one := storeStatsJSON{Store: st.GUID.String(), Owner: st.Owner, totalsJSON: totalsJSON{
		Messages: s.Messages, Associated: s.Associated, Deleted: s.Deleted, Content: s.Content, DeletedContent: s.DeletedContent,
		Database: s.File, Free: s.Free, Inline: s.Inline, Blobs: s.Blobs, BlobRefs: s.BlobRefs, BlobBytes: s.BlobBytes, BlobContent: s.BlobContent}}
	o.Total.sum(&one.totalsJSON)
	one.ratios()
	o.Stores = append(o.Stores, one)
	for _, f := range s.Folders {
		o.Folders = append(o.Folders, folderJSON{one.Store, st.Owner, f.Folder.String(), f.Name, f.Messages, f.Bytes})
	}
	for _, b := range s.Largest {
		if at, ok := largest[b.ID]; ok {
			o.Attachments[at].Refs += b.Refs
			continue
		}
		largest[b.ID] = len(o.Attachments)
		o.Attachments = append(o.Attachments, attachmentJSON{hex.EncodeToString(b.ID[:]), b.Bytes, b.Disk, b.Refs})
	}
}

// rank keeps the largest of all mailboxes.
func (o *statsJSON) rank(top int) {
	if o.Server != nil { // mailboxes share
		o.Total.Blobs, o.Total.BlobBytes = o.Server.Blobs, o.Server.BlobBytes
	}
	o.Total.ratios()
	slices.SortStableFunc(o.Folders, func(a, b folderJSON) int { return cmp.Compare(b.Bytes, a.Bytes) })
	slices.SortStableFunc(o.Attachments, func(a, b attachmentJSON) int { return cmp.Compare(b.Disk, a.Disk) })
	o.Folders = o.Folders[:min(top, len(o.Folders))]
	o.Attachments = o.Attachments[:min(top, len(o.Attachments))]
}

// timesLess says how much smaller what is kept is than what it is of, where
// that is anything.
func timesLess(of int64, ratio float64) string {
	if of == 0 {
		return ""
	}
	return fmt.Sprintf(": %.2f times less", ratio)
}

func (o *statsJSON) print(w io.Writer) error {
	var b strings.Builder
	t := &o.Total
	fmt.Fprintf(&b, "%d mailboxes, added up by %s\n", len(o.Stores), by(o.Mode))
	fmt.Fprintf(&b, "  messages     %d (%d associated, %d deleted), %s as mail, of it deleted %s\n", t.Messages, t.Associated, t.Deleted, sizeText(t.Content), sizeText(t.DeletedContent))
	fmt.Fprintf(&b, "  databases    %s (%s free, %s content)\n", sizeText(t.Database), sizeText(t.Free), sizeText(t.Inline))
	fmt.Fprintf(&b, "  attachments  %s for %s in %d places, %d different%s\n", sizeText(t.BlobBytes), sizeText(t.BlobContent), t.BlobRefs, t.Blobs, timesLess(t.BlobContent, t.BlobSaved))
	if o.Server != nil && o.Server.Unused > 0 {
		fmt.Fprintf(&b, "  unused       %s, which gc removes\n", sizeText(o.Server.UnusedBytes))
	}
	fmt.Fprintf(&b, "  in all       %s on disk%s\n", sizeText(t.Disk), timesLess(t.Content+t.DeletedContent, t.Saved))
	if len(o.Folders) > 0 {
		b.WriteString("largest folders\n")
	}
	for _, f := range o.Folders {
		fmt.Fprintf(&b, "  %12s  %d messages  %s: %s\n", sizeText(f.Bytes), f.Messages, who(f.Owner, text(f.Store)), f.Name)
	}
	if len(o.Attachments) > 0 {
		b.WriteString("largest attachments\n")
	}
	for _, x := range o.Attachments {
		fmt.Fprintf(&b, "  %12s  on disk %s, in %d places  %s\n", sizeText(x.Bytes), sizeText(x.Disk), x.Refs, x.Blob)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
