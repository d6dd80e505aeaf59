// SPDX-License-Identifier: AGPL-3.0-or-later

// Package arch is the law of the tree: tests that hold the code to its design.
//
// It has no code of its own. Its tests walk whatever packages there are and
// check: imports point down the layers; only stored and storectl link the
// engine; every package has a caption, which lib/README.md repeats; files and
// functions stay small; every source file names its licence; every program has
// its manual pages, unit and sample configuration, which say the same as the
// code; every message code is explained.
//
// After a change of captions or settings, write the generated files anew with
//
//	go test ./lib/arch -update
package arch
