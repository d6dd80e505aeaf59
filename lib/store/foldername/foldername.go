// SPDX-License-Identifier: AGPL-3.0-or-later

// Package foldername gives the names of the standard folders in the languages
// that mailboxes are made in.
package foldername

import (
	"slices"
	"strings"

	"twiga/lib/mapi/object"
)

// Top is the name of the folder above all that a person sees; it is not shown
// and the same in every language.
const Top = "IPM_SUBTREE"

// kinds is the order of the columns of names.
var kinds = []object.FolderKind{
	object.KindInbox, object.KindOutbox, object.KindSentItems, object.KindDeletedItems, object.KindDrafts, object.KindJunk,
	object.KindArchive, object.KindCalendar, object.KindContacts, object.KindTasks, object.KindNotes, object.KindJournal,
	object.KindSuggested, object.KindSyncIssues, object.KindConflicts, object.KindLocalFailures, object.KindServerFailures,
}

var names = map[string][]string{
	"en": {"Inbox", "Outbox", "Sent Items", "Deleted Items", "Drafts", "Junk E-mail", "Archive", "Calendar", "Contacts", "Tasks",
		"Notes", "Journal", "Suggested Contacts", "Sync Issues", "Conflicts", "Local Failures", "Server Failures"},
	"de": {"Posteingang", "Postausgang", "Gesendete Objekte", "Gelöschte Objekte", "Entwürfe", "Junk-E-Mail", "Archiv", "Kalender", "Kontakte", "Aufgaben",
		"Notizen", "Journal", "Vorgeschlagene Kontakte", "Synchronisierungsprobleme", "Konflikte", "Lokale Fehler", "Serverfehler"},
	"fr": {"Boîte de réception", "Boîte d'envoi", "Éléments envoyés", "Éléments supprimés", "Brouillons", "Courrier indésirable", "Archive", "Calendrier", "Contacts", "Tâches",
		"Notes", "Journal", "Contacts suggérés", "Problèmes de synchronisation", "Conflits", "Défaillances locales", "Défaillances du serveur"},
	"nl": {"Postvak IN", "Postvak UIT", "Verzonden items", "Verwijderde items", "Concepten", "Ongewenste e-mail", "Archief", "Agenda", "Contactpersonen", "Taken",
		"Notities", "Logboek", "Voorgestelde contactpersonen", "Synchronisatieproblemen", "Conflicten", "Lokale fouten", "Serverfouten"},
	"es": {"Bandeja de entrada", "Bandeja de salida", "Elementos enviados", "Elementos eliminados", "Borradores", "Correo no deseado", "Archivo", "Calendario", "Contactos", "Tareas",
		"Notas", "Diario", "Contactos sugeridos", "Problemas de sincronización", "Conflictos", "Errores locales", "Errores del servidor"},
	"it": {"Posta in arrivo", "Posta in uscita", "Posta inviata", "Posta eliminata", "Bozze", "Posta indesiderata", "Archivio", "Calendario", "Contatti", "Attività",
		"Note", "Diario", "Contatti suggeriti", "Problemi di sincronizzazione", "Conflitti", "Errori locali", "Errori del server"},
}

// Of is the name of a standard folder in the language (BCP 47: "de", "de-AT",
// "de_DE.UTF-8"), in English where the language is unknown. KindGeneric has
// none.
func Of(kind object.FolderKind, language string) string {
	if kind == object.KindRoot {
		return Top
	}
	at := slices.Index(kinds, kind)
	if at < 0 {
		return ""
	}
	primary := strings.ToLower(language)
	if i := strings.IndexAny(primary, "-_."); i >= 0 {
		primary = primary[:i]
	}
	list, ok := names[primary]
	if !ok {
		list = names["en"]
	}
	return list[at]
}

// Languages are the primary subtags that there are names in.
func Languages() []string {
	out := make([]string, 0, len(names))
	for l := range names {
		out = append(out, l)
	}
	slices.Sort(out)
	return out
}
