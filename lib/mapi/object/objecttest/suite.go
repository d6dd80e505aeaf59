// SPDX-License-Identifier: AGPL-3.0-or-later

// Package objecttest is the conformance suite of the contract
// (lib/mapi/object): it runs on every implementation, the engine in process
// and the RPC clients alike.
package objecttest

import (
	"testing"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi/object"
)

// Policy is what an Env's server wants of passwords.
func Policy() directory.Policy {
	return directory.Policy{MinLength: 3, MaxAge: 1000 * 24 * time.Hour, Failures: 5, Lockout: time.Hour}
}

// Env is a store server with the Policy that the suite may fill as it likes.
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
		{"Proofs", proofCases()},
		{"Sessions", sessionCases()},
		{"Rights", rightsCases()},
		{"Users", userCases()},
		{"Groups", groupCases()},
		{"AddressBook", bookCases()},
		{"Credentials", credentialCases()},
		{"Stores", storeCases()},
		{"Ownership", ownershipCases()},
		{"StoreProps", storePropCases()},
		{"Names", nameCases()},
		{"Receive", receiveCases()},
		{"Rules", ruleCases()},
		{"Folders", folderCases()},
		{"PublicFolders", publicFolderCases()},
		{"Save", saveCases()},
		{"Props", propCases()},
		{"Flags", flagCases()},
		{"Transfer", transferCases()},
		{"ReplaceMessage", replaceMessageCases()},
		{"URLs", urlCases()},
		{"Delete", deleteCases()},
		{"SoftDelete", softDeleteCases()},
		{"Associated", associatedCases()},
		{"CopyFolder", copyFolderCases()},
		{"Careful", carefulCases()},
		{"Query", queryCases()},
		{"Search", searchCases()},
		{"Restrict", restrictCases()},
		{"Tables", tableCases()},
		{"Categories", categoryCases()},
		{"Streams", streamCases()},
		{"Changes", changeCases()},
		{"Sync", syncCases()},
		{"Watch", watchCases()},
		{"Versions", versionCases()},
		{"Deliver", deliverCases()},
		{"Submit", submitCases()},
		{"Quota", quotaCases()},
		{"Maintain", maintainCases()},
		{"Hostile", hostileCases()},
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
