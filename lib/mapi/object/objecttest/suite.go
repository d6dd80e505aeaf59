// SPDX-License-Identifier: AGPL-3.0-or-later

// Package objecttest is the conformance suite of the contract
// (lib/mapi/object): it runs on every implementation, the engine in process
// and the RPC clients alike.
package objecttest

import (
	"testing"

	"twiga/lib/mapi/object"
)

// Env is a store server that the suite may fill as it likes.
type Env struct {
	// Service is the door as a peer with these roles sees it.
	Service func(roles ...object.Role) object.Service
	// Domain is the default domain of login names and addresses.
	Domain string
}

// group are the cases about one part of the contract.
type group struct {
	name  string
	cases []testCase
}

// testCase is one thing that holds; it makes users of its own.
type testCase struct {
	name string
	run  func(k *kit)
}

// groups are all cases, in the order of the contract.
func groups() []group {
	return []group{
		{"Logon", logonCases()},
		{"Access", accessCases()},
		{"Users", userCases()},
		{"Stores", storeCases()},
		{"Folders", folderCases()},
		{"Save", saveCases()},
		{"Props", propCases()},
		{"Flags", flagCases()},
		{"Transfer", transferCases()},
		{"Delete", deleteCases()},
		{"Query", queryCases()},
		{"Streams", streamCases()},
		{"Changes", changeCases()},
		{"Watch", watchCases()},
		{"Versions", versionCases()},
		{"Deliver", deliverCases()},
		{"Submit", submitCases()},
		{"Quota", quotaCases()},
		{"Concurrency", concurrencyCases()},
	}
}

// Run runs the suite. Open is called once and makes a server that is empty.
func Run(t *testing.T, open func(t *testing.T) Env) {
	env := open(t)
	shared := newWorld(t, env)
	for _, g := range groups() {
		t.Run(g.name, func(t *testing.T) {
			for _, c := range g.cases {
				t.Run(c.name, func(t *testing.T) { c.run(&kit{T: t, world: shared}) })
			}
		})
	}
}
