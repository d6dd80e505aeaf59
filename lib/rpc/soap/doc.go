// SPDX-License-Identifier: AGPL-3.0-or-later

// Package soap writes and reads the values of the contract as SOAP 1.1
// envelopes (https://www.w3.org/TR/2000/NOTE-SOAP-20000508/), document style,
// and describes them by WSDL 1.1.
//
// A struct's fields are elements named after them, in the namespace
// urn:twiga:mapi; a list is its element repeated. An optional value (a
// pointer) is left out where there is none; an optional list has its elements
// as Item. Numbers are decimal, property tags and codes hexadecimal behind 0x
// (tags are read by name, too), GUIDs in their text form, other fixed bytes
// hexadecimal, byte strings base64, times as in RFC 3339 and empty for none.
// Text that XML cannot carry is base64 with the attribute enc="base64".
//
// Properties are elements P with the attribute tag, several values in it as V;
// a lone value is Value with the attribute type. A restriction is one element
// named after its kind.
package soap

// Namespaces.
const (
	EnvelopeSpace = "http://schemas.xmlsoap.org/soap/envelope/"
	Space         = "urn:twiga:mapi"
	ContentType   = "text/xml; charset=utf-8"
)
