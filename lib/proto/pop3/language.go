// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"strconv"
	"strings"
)

// language is one that answers can be in (RFC 6856 3). Its texts stand under
// the English ones; those that it lacks stay English.
type language struct {
	tag, name string
	texts     map[string]string
	// maildrop tells of messages and octets, in words around "#" and "@".
	maildrop string
}

// languages are all that there are, the one in force at first in front. Those
// but i-default, which is ASCII (RFC 2277 4.5), are in UTF-8.
var languages = [...]language{
	{tag: "i-default", name: "Default language", maildrop: "# messages (@ octets)"},
	{tag: "en", name: "English", maildrop: "# messages (@ octets)"},
	{tag: "de", name: "Deutsch", texts: german, maildrop: "# Nachrichten (@ Oktette)"},
	{tag: "fr", name: "Français", texts: french, maildrop: "# messages (@ octets)"},
}

// findLanguage looks for the language of a range, and for those that it is a
// kind of (RFC 4647 3.4): "de-AT" finds "de".
func findLanguage(wanted string) *language {
	if wanted == "*" {
		return &languages[0]
	}
	for wanted != "" {
		for i := range languages {
			if strings.EqualFold(languages[i].tag, wanted) {
				return &languages[i]
			}
		}
		wanted = wanted[:max(strings.LastIndexByte(wanted, '-'), 0)]
	}
	return nil
}

// text is an English text in the language, on one line.
func (l *language) text(english string) string {
	if t, ok := l.texts[english]; ok {
		return t
	}
	return english
}

func (l *language) appendMaildrop(b []byte, count int, size int64) []byte {
	for i := range len(l.maildrop) {
		switch ch := l.maildrop[i]; ch {
		case '#':
			b = strconv.AppendInt(b, int64(count), 10)
		case '@':
			b = strconv.AppendInt(b, size, 10)
		default:
			b = append(b, ch)
		}
	}
	return b
}

var german = map[string]string{
	"POP3 server ready":              "POP3-Server bereit",
	"Goodbye":                        "Auf Wiedersehen",
	"Done":                           "Erledigt",
	"Capability list follows":        "Fähigkeiten folgen",
	"Begin TLS negotiation":          "TLS kann beginnen",
	"Send your password":             "Bitte das Kennwort senden",
	"UTF-8 it is":                    "UTF-8 gilt",
	"Unique ids follow":              "Eindeutige Kennungen folgen",
	"Marked as deleted":              "Zum Löschen vorgemerkt",
	"Top of message follows":         "Anfang der Nachricht folgt",
	"Mechanisms follow":              "Verfahren folgen",
	"Languages follow":               "Sprachen folgen",
	"Language changed":               "Sprache gewechselt",
	"No such message":                "Keine solche Nachricht",
	"Unknown command":                "Unbekannter Befehl",
	"Unknown language":               "Unbekannte Sprache",
	"Log in first":                   "Bitte erst anmelden",
	"Not allowed after login":        "Nach der Anmeldung nicht erlaubt",
	"Send USER first":                "Bitte erst USER senden",
	"Unexpected argument":            "Unerwartetes Argument",
	"Expected an argument":           "Argument fehlt",
	"Expected a number":              "Zahl fehlt",
	"Expected a mechanism":           "Verfahren fehlt",
	"Expected a language":            "Sprache fehlt",
	"Argument is not UTF-8":          "Argument ist kein UTF-8",
	"Invalid base64":                 "Ungültiges Base64",
	"Command line is too long":       "Befehlszeile ist zu lang",
	"Too many bad commands":          "Zu viele fehlerhafte Befehle",
	"Too many failed logins":         "Zu viele fehlgeschlagene Anmeldungen",
	"Authentication failed":          "Anmeldung fehlgeschlagen",
	"Authentication cancelled":       "Anmeldung abgebrochen",
	"Permission denied":              "Zugriff verweigert",
	"Internal error":                 "Interner Fehler",
	"Server is shutting down":        "Server wird beendet",
	"TLS is active or not available": "TLS ist aktiv oder nicht möglich",

	"Argument has a control character":            "Argument enthält ein Steuerzeichen",
	"Passwords are taken under TLS only":          "Kennwörter werden nur unter TLS angenommen",
	"Authentication mechanism is not supported":   "Verfahren wird nicht unterstützt",
	"Malformed authentication response":           "Fehlerhafte Antwort des Verfahrens",
	"Maildrop is in use by another session":       "Postfach wird von einer anderen Sitzung benutzt",
	"Minimum time between logins has not passed":  "Bis zur nächsten Anmeldung ist noch zu warten",
	"Temporary trouble, try again later":          "Vorübergehende Störung, bitte später versuchen",
	"Too many connections of this user":           "Zu viele Verbindungen dieses Benutzers",
	"Too many connections from your address":      "Zu viele Verbindungen von Ihrer Adresse",
	"Message was removed by another session":      "Nachricht wurde von einer anderen Sitzung gelöscht",
	"Mailbox service restarted, log in again":     "Postfachdienst neu gestartet, bitte neu anmelden",
	"Messages marked as deleted were not removed": "Vorgemerkte Nachrichten wurden nicht gelöscht",
	"Acting for another user is not possible":     "Für einen anderen Benutzer zu handeln ist nicht möglich",
	"Password is too old, set another one":        "Kennwort ist zu alt, bitte ein anderes setzen",
	"Too many failures, try again later":          "Zu viele Fehlversuche, bitte später versuchen",
	"Account is not in order":                     "Konto ist nicht in Ordnung",
	"Credentials of this kind are not taken":      "Anmeldedaten dieser Art werden nicht angenommen",
}

var french = map[string]string{
	"POP3 server ready":              "Serveur POP3 prêt",
	"Goodbye":                        "Au revoir",
	"Done":                           "Fait",
	"Capability list follows":        "Liste des capacités",
	"Begin TLS negotiation":          "Négociation TLS possible",
	"Send your password":             "Envoyez le mot de passe",
	"UTF-8 it is":                    "UTF-8 activé",
	"Unique ids follow":              "Liste des identifiants",
	"Marked as deleted":              "Marqué pour suppression",
	"Top of message follows":         "Début du message",
	"Mechanisms follow":              "Liste des mécanismes",
	"Languages follow":               "Liste des langues",
	"Language changed":               "Langue changée",
	"No such message":                "Message inexistant",
	"Unknown command":                "Commande inconnue",
	"Unknown language":               "Langue inconnue",
	"Log in first":                   "Identifiez-vous d'abord",
	"Not allowed after login":        "Interdit après l'identification",
	"Send USER first":                "Envoyez d'abord USER",
	"Unexpected argument":            "Argument inattendu",
	"Expected an argument":           "Argument manquant",
	"Expected a number":              "Nombre attendu",
	"Expected a mechanism":           "Mécanisme attendu",
	"Expected a language":            "Langue attendue",
	"Argument is not UTF-8":          "L'argument n'est pas en UTF-8",
	"Invalid base64":                 "Base64 invalide",
	"Command line is too long":       "Ligne de commande trop longue",
	"Too many bad commands":          "Trop de requêtes erronées",
	"Too many failed logins":         "Trop d'échecs d'identification",
	"Authentication failed":          "Échec de l'identification",
	"Authentication cancelled":       "Identification annulée",
	"Permission denied":              "Accès refusé",
	"Internal error":                 "Erreur interne",
	"Server is shutting down":        "Arrêt du serveur",
	"TLS is active or not available": "TLS actif ou indisponible",

	"Argument has a control character":            "L'argument contient un caractère de contrôle",
	"Passwords are taken under TLS only":          "Les mots de passe ne sont acceptés que sous TLS",
	"Authentication mechanism is not supported":   "Mécanisme non pris en charge",
	"Malformed authentication response":           "Réponse d'identification mal formée",
	"Maildrop is in use by another session":       "La boîte est utilisée par une autre session",
	"Minimum time between logins has not passed":  "Délai minimal entre identifications non écoulé",
	"Temporary trouble, try again later":          "Problème temporaire, réessayez plus tard",
	"Too many connections of this user":           "Trop de connexions de cet utilisateur",
	"Too many connections from your address":      "Trop de connexions depuis votre adresse",
	"Message was removed by another session":      "Message supprimé par une autre session",
	"Mailbox service restarted, log in again":     "Service redémarré, identifiez-vous de nouveau",
	"Messages marked as deleted were not removed": "Les messages marqués n'ont pas été supprimés",
	"Acting for another user is not possible":     "Impossible d'agir pour un autre utilisateur",
	"Password is too old, set another one":        "Mot de passe trop ancien, changez-le",
	"Too many failures, try again later":          "Trop d'échecs, réessayez plus tard",
	"Account is not in order":                     "Le compte n'est pas en ordre",
	"Credentials of this kind are not taken":      "Ce type d'identification n'est pas accepté",
}
