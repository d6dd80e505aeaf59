// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

// languages are what the texts for people become after LANGUAGE (RFC 5255), by
// language and by their English. A text that is not here stays English.
var languages = map[string]map[string]string{
	"de": {
		"completed":                                   "erledigt",
		"Authentication failed":                       "Anmeldung fehlgeschlagen",
		"No such mailbox":                             "Diese Mailbox gibt es nicht",
		"No such mailbox, create it first":            "Diese Mailbox gibt es nicht, sie muss erst angelegt werden",
		"Mailbox exists already":                      "Diese Mailbox gibt es schon",
		"Mailbox is open read-only":                   "Die Mailbox ist nur zum Lesen geöffnet",
		"Mailbox is full":                             "Das Postfach ist voll",
		"Permission denied":                           "Dafür fehlt das Recht",
		"Temporary trouble, try again later":          "Vorübergehende Störung, bitte später noch einmal versuchen",
		"Message is too large":                        "Die Nachricht ist zu groß",
		"Select a mailbox first":                      "Zuerst eine Mailbox auswählen",
		"Log in first":                                "Zuerst anmelden",
		"Unknown command":                             "Unbekannter Befehl",
		"Internal error, try again later":             "Interner Fehler, bitte später noch einmal versuchen",
		"Some of the messages were removed meanwhile": "Einige der Nachrichten wurden inzwischen entfernt",
		"Logging out":                                 "Auf Wiedersehen",
		"Server is shutting down":                     "Der Server wird beendet",
		"Autologout, nothing heard for too long":      "Zu lange nichts gehört, Verbindung wird beendet",
		"None of the languages is known":              "Keine der Sprachen ist bekannt",
		"Mailbox has children":                        "Die Mailbox hat Unterordner",
		"INBOX cannot be deleted":                     "INBOX kann nicht gelöscht werden",
	},
	"fr": {
		"completed":                                   "terminé",
		"Authentication failed":                       "Échec de l'authentification",
		"No such mailbox":                             "Cette boîte n'existe pas",
		"No such mailbox, create it first":            "Cette boîte n'existe pas, il faut d'abord la créer",
		"Mailbox exists already":                      "Cette boîte existe déjà",
		"Mailbox is open read-only":                   "La boîte est ouverte en lecture seule",
		"Mailbox is full":                             "La boîte est pleine",
		"Permission denied":                           "Permission refusée",
		"Temporary trouble, try again later":          "Incident temporaire, réessayez plus tard",
		"Message is too large":                        "Le message est trop grand",
		"Select a mailbox first":                      "Sélectionnez d'abord une boîte",
		"Log in first":                                "Authentifiez-vous d'abord",
		"Unknown command":                             "Commande inconnue",
		"Internal error, try again later":             "Erreur interne, réessayez plus tard",
		"Some of the messages were removed meanwhile": "Certains messages ont été supprimés entre-temps",
		"Logging out":                                 "Au revoir",
		"Server is shutting down":                     "Le serveur s'arrête",
		"Autologout, nothing heard for too long":      "Inactivité trop longue, fin de la connexion",
		"None of the languages is known":              "Aucune des langues n'est connue",
		"Mailbox has children":                        "La boîte a des sous-dossiers",
		"INBOX cannot be deleted":                     "INBOX ne peut pas être supprimée",
	},
}
