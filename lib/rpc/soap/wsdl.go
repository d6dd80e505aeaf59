// SPDX-License-Identifier: AGPL-3.0-or-later

package soap

import (
	"fmt"
	"reflect"
	"slices"
)

// Operation is one operation to be described.
type Operation struct {
	Name     string
	Request  reflect.Type
	Response reflect.Type // of a stream: of its items
	Stream   bool
}

// Describe is the WSDL 1.1 of operations that are served at an address.
func Describe(operations []Operation, address string) []byte {
	s := &schema{done: map[string]bool{}}
	for _, op := range operations {
		s.element(op.Name, op.Request)
		if op.Stream {
			s.streamElement(op)
		} else {
			s.element(op.Name+"Response", op.Response)
		}
	}
	header := reflect.TypeFor[Header]()
	for i := range header.NumField() {
		s.element(header.Field(i).Name, header.Field(i).Type)
	}
	s.element("Error", reflect.TypeFor[errorElement]())
	var out []byte
	add := func(format string, args ...any) { out = fmt.Appendf(out, format+"\n", args...) }
	add(`<?xml version="1.0" encoding="UTF-8"?>`)
	add(`<wsdl:definitions name="Twiga" targetNamespace=%q xmlns:t=%q xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"`+
		` xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema">`, Space, Space)
	add(`<wsdl:types><xs:schema targetNamespace=%q xmlns=%q elementFormDefault="qualified">`, Space, Space)
	out = append(out, s.out...)
	add(`</xs:schema></wsdl:types>`)
	add(`<wsdl:message name="Fault"><wsdl:part name="error" element="t:Error"/></wsdl:message>`)
	add(`<wsdl:message name="Header">`)
	var blocks []byte
	for i := range header.NumField() {
		name := header.Field(i).Name
		add(`<wsdl:part name=%q element="t:%s"/>`, name, name)
		blocks = fmt.Appendf(blocks, `<soap:header message="t:Header" part=%q use="literal"/>`, name)
	}
	add(`</wsdl:message>`)
	for _, op := range operations {
		for _, name := range []string{op.Name, op.Name + "Response"} {
			add(`<wsdl:message name=%q><wsdl:part name="body" element="t:%s"/></wsdl:message>`, name, name)
		}
	}
	add(`<wsdl:portType name="Mapi">`)
	for _, op := range operations {
		add(`<wsdl:operation name=%q><wsdl:input message="t:%s"/><wsdl:output message="t:%sResponse"/>`+
			`<wsdl:fault name="Error" message="t:Fault"/></wsdl:operation>`, op.Name, op.Name, op.Name)
	}
	add(`</wsdl:portType>`)
	add(`<wsdl:binding name="Mapi" type="t:Mapi"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>`)
	for _, op := range operations {
		add(`<wsdl:operation name=%q><soap:operation soapAction=""/><wsdl:input><soap:body use="literal"/>%s</wsdl:input>`+
			`<wsdl:output><soap:body use="literal"/></wsdl:output><wsdl:fault name="Error"><soap:fault name="Error" use="literal"/></wsdl:fault></wsdl:operation>`, op.Name, blocks)
	}
	add(`</wsdl:binding>`)
	add(`<wsdl:service name="Twiga"><wsdl:port name="Mapi" binding="t:Mapi"><soap:address location=%q/></wsdl:port></wsdl:service>`, address)
	add(`</wsdl:definitions>`)
	return out
}

// schema gathers the types of XML Schema.
type schema struct {
	out  []byte
	done map[string]bool
}

func (s *schema) add(format string, args ...any) { s.out = fmt.Appendf(s.out, format+"\n", args...) }

// element declares an element of a type.
func (s *schema) element(name string, t reflect.Type) {
	s.add(`<xs:element name=%q type=%q/>`, name, s.typeName(t))
}

// streamElement declares the answer of a stream.
func (s *schema) streamElement(op Operation) {
	s.add(`<xs:element name="%sResponse"><xs:complexType><xs:sequence>`+
		`<xs:element name="Item" type=%q minOccurs="0" maxOccurs="unbounded"/><xs:element name="More" type="xs:boolean"/>`+
		`<xs:element name="Watch" type="xs:hexBinary" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>`, op.Name, s.typeName(op.Response))
}

// typeName is the name of a type, which is declared at the first use.
func (s *schema) typeName(t reflect.Type) string {
	switch t {
	case typeTime:
		return "xs:string"
	case typeGUID, typeTag, typeCode:
		return "xs:string"
	case typeProps, typeBag:
		s.once("Properties", (*schema).properties)
		return "Properties"
	case typeValue:
		s.once("Value", (*schema).value)
		return "Value"
	case typeRestriction:
		s.once("Restriction", (*schema).restriction)
		return "Restriction"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "xs:boolean"
	case reflect.Uint8:
		return "xs:unsignedByte"
	case reflect.Uint16:
		return "xs:unsignedShort"
	case reflect.Uint32:
		return "xs:unsignedInt"
	case reflect.Uint64:
		return "xs:unsignedLong"
	case reflect.Int32:
		return "xs:int"
	case reflect.Int, reflect.Int64:
		return "xs:long"
	case reflect.String:
		s.once("Text", (*schema).text)
		return "Text"
	case reflect.Array:
		return "xs:hexBinary"
	case reflect.Slice:
		return "xs:base64Binary"
	}
	name := t.Name()
	if name == "" {
		first := t.Field(0) // a request and the bytes of an upload, or a lone value
		name = first.Type.Name() + t.Field(t.NumField()-1).Name
	}
	name += "Type"
	s.once(name, func(s *schema) { s.structure(name, t) })
	return name
}

// once declares a type unless that was done.
func (s *schema) once(name string, declare func(*schema)) {
	if s.done[name] {
		return
	}
	s.done[name] = true
	declare(s)
}

// structure declares a struct. Its elements come in the order of the fields;
// the server takes them in any.
func (s *schema) structure(name string, t reflect.Type) {
	var fields []byte
	for i := range t.NumField() {
		f := t.Field(i)
		ft, bounds := f.Type, ` minOccurs="0"`
		if isList(ft) {
			ft, bounds = ft.Elem(), bounds+` maxOccurs="unbounded"`
		}
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		var of string
		if isList(ft) {
			of = s.itemList(ft.Elem())
		} else {
			of = s.typeName(ft)
		}
		fields = fmt.Appendf(fields, `<xs:element name=%q type=%q%s/>`+"\n", f.Name, of, bounds)
	}
	s.add(`<xs:complexType name=%q><xs:sequence>`, name)
	s.out = append(s.out, fields...)
	s.add(`</xs:sequence></xs:complexType>`)
}

// itemList declares a list whose elements are Item.
func (s *schema) itemList(t reflect.Type) string {
	of := s.typeName(t)
	name := "ListOf" + t.Name()
	s.once(name, func(s *schema) {
		s.add(`<xs:complexType name=%q><xs:sequence><xs:element name="Item" type=%q minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>`, name, of)
	})
	return name
}

func (s *schema) text() {
	s.add(`<xs:complexType name="Text"><xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="enc" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType>`)
}

func (s *schema) properties() {
	s.once("Text", (*schema).text)
	s.add(`<xs:complexType name="Properties"><xs:sequence><xs:element name="P" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>` +
		`<xs:element name="V" type="Text" minOccurs="0" maxOccurs="unbounded"/></xs:sequence><xs:attribute name="tag" type="xs:string" use="required"/>` +
		`<xs:attribute name="name" type="xs:string"/></xs:complexType></xs:element></xs:sequence></xs:complexType>`)
}

func (s *schema) value() {
	s.once("Text", (*schema).text)
	s.add(`<xs:complexType name="Value"><xs:sequence><xs:element name="V" type="Text" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>` +
		`<xs:attribute name="type" type="xs:string" use="required"/></xs:complexType>`)
}

func (s *schema) restriction() {
	var names []string
	for name := range restrictionTypes {
		names = append(names, name)
	}
	slices.Sort(names)
	var choice []byte
	for _, name := range names {
		t := restrictionTypes[name]
		of := "RestrictionList"
		if t.Kind() == reflect.Struct {
			of = s.typeName(t)
		}
		choice = fmt.Appendf(choice, `<xs:element name=%q type=%q/>`+"\n", name, of)
	}
	s.add(`<xs:complexType name="Restriction"><xs:choice minOccurs="0">`)
	s.out = append(s.out, choice...)
	s.add(`</xs:choice></xs:complexType>`)
	s.add(`<xs:complexType name="RestrictionList"><xs:choice minOccurs="0" maxOccurs="unbounded">`)
	s.out = append(s.out, choice...)
	s.add(`</xs:choice></xs:complexType>`)
}
