// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"twiga/lib/sysexits"
)

// importReport is the file that tells what became of each row, as soon as it is
// known: who interrupts an import still has the passwords. The last line about a
// row counts.
type importReport struct {
	file *os.File // nil: none is wanted
	csv  *csv.Writer
}

// openReport makes the file for the operator's eyes only; one that is there,
// perhaps with passwords, is not overwritten.
func openReport(name string) (*importReport, error) {
	if name == "" {
		return &importReport{}, nil
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, sysexits.With(sysexits.CantCreat, fmt.Errorf("write report: %w", err))
	}
	r := &importReport{file, csv.NewWriter(file)}
	return r, r.line("line", "kind", "name", "result", "reason", "password")
}

func (r *importReport) write(o *outcome) error {
	if r.file == nil {
		return nil
	}
	return r.line(strconv.Itoa(o.Line), o.Kind, o.Name, o.Result, o.Reason, o.Password)
}

func (r *importReport) line(cells ...string) error {
	err := r.csv.Write(cells)
	if r.csv.Flush(); err == nil {
		err = r.csv.Error()
	}
	if err != nil {
		return sysexits.With(sysexits.IOErr, fmt.Errorf("write report: %w", err))
	}
	return nil
}

func (r *importReport) close() error {
	if r.file == nil {
		return nil
	}
	if err := r.file.Close(); err != nil {
		return sysexits.With(sysexits.IOErr, fmt.Errorf("write report: %w", err))
	}
	return nil
}

// summaryJSON is what an import did, for programs.
type summaryJSON struct {
	DryRun    bool      `json:"dry_run"`
	Created   int       `json:"created"`
	Updated   int       `json:"updated"`
	Unchanged int       `json:"unchanged"`
	Failed    int       `json:"failed"`
	Rows      []outcome `json:"rows"`
}

// newSummary counts; passwords that the report has are told nowhere else.
func newSummary(f *importFlags, list []outcome) summaryJSON {
	sum := summaryJSON{DryRun: f.dryRun, Rows: append([]outcome{}, list...)}
	for i := range sum.Rows {
		o := &sum.Rows[i]
		if f.report != "" {
			o.Password = ""
		}
		*map[string]*int{created: &sum.Created, updated: &sum.Updated, unchanged: &sum.Unchanged, failed: &sum.Failed}[o.Result]++
	}
	return sum
}

func (a *app) printSummary(cmd *cobra.Command, sum *summaryJSON) error {
	if a.json {
		return printJSON(cmd.OutOrStdout(), sum)
	}
	var made, bad [][]string
	for _, o := range sum.Rows {
		if o.Password != "" {
			made = append(made, []string{o.Name, o.Password})
		}
		if o.Result == failed {
			bad = append(bad, []string{strconv.Itoa(o.Line), textOr(o.Name, "-"), o.Reason})
		}
	}
	for _, t := range []struct {
		head string
		rows [][]string
	}{{"NAME PASSWORD", made}, {"LINE NAME REASON", bad}} {
		if len(t.rows) == 0 {
			continue
		}
		if err := table(cmd.OutOrStdout(), t.head, t.rows); err != nil {
			return err
		}
	}
	how := ""
	if sum.DryRun {
		how = "would be: "
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s%d created, %d updated, %d unchanged, %d failed\n", how, sum.Created, sum.Updated, sum.Unchanged, sum.Failed)
	return err
}
