// SPDX-License-Identifier: AGPL-3.0-or-later

package charset

import (
	"strconv"
	"strings"
)

// codePages gives the Windows code page of sets whose number is not in their
// name.
var codePages = map[string]int{
	"us-ascii": 20127, "ascii": 20127, "utf-8": 65001, "utf8": 65001, "utf-7": 65000, "utf-16": 1200, "utf-16le": 1200,
	"utf-16be": 1201, "koi8-r": 20866, "koi8-u": 21866, "iso-2022-jp": 50220, "shift_jis": 932, "euc-jp": 51932,
	"gb2312": 936, "gbk": 936, "gb18030": 54936, "hz-gb-2312": 52936, "big5": 950, "big5-hkscs": 951, "euc-kr": 51949,
	"ks_c_5601-1987": 949, "iso-2022-kr": 50225, "macintosh": 10000, "x-mac-cyrillic": 10007, "tis-620": 874, "iso-8859-8-i": 38598,
}

// CodePage gives the number of the Windows code page for a charset label, as
// PidTagInternetCodepage has it ([MS-UCODEREF] 2.2.1), 0 for one without.
func CodePage(label string) int {
	name := normalize(label)
	if n := codePages[name]; n != 0 {
		return n
	}
	for prefix, base := range map[string]int{"windows-": 0, "cp": 0, "ibm": 0, "iso-8859-": 28590} {
		digits, ok := strings.CutPrefix(name, prefix)
		if n, err := strconv.Atoi(digits); ok && err == nil && n > 0 && n < 65536 && (base == 0 || n <= 16) {
			return base + n
		}
	}
	return 0
}

// PageName gives the charset label of a Windows code page, "" for one that
// has none here.
func PageName(page int) string {
	switch {
	case page >= 1250 && page <= 1258:
		return "windows-" + strconv.Itoa(page)
	case page > 28590 && page <= 28606:
		return "iso-8859-" + strconv.Itoa(page-28590)
	}
	best := ""
	for name, n := range codePages {
		if n == page && (best == "" || name < best) {
			best = name
		}
	}
	if best == "" && page > 0 {
		best = "cp" + strconv.Itoa(page)
	}
	return best
}
