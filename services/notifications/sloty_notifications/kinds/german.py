"""Messages in German."""

from sloty_notifications.kinds.language import (
    AccountTexts,
    AccountWords,
    Labels,
    Language,
    OfferLabels,
    Reasons,
    Words,
)
from sloty_shared.models import NotificationKind

GERMAN = Language(
    code="de",
    date_and_time="{date} um {time}",
    labels=Labels(
        greeting="Guten Tag {first_name},",
        what="Leistung",
        when="Wann",
        provider="Bei",
        where="Wo",
        online="Online",
        price="Preis",
        code="Bestätigungscode",
        reason="Grund",
        farewell="Freundliche Grüße",
        unsubscribe="Keine Erinnerungen mehr per E-Mail",
        reply="Kommen Sie? Antworten Sie hier",
    ),
    words={
        NotificationKind.BOOKED: Words(
            subject="Gebucht: {service}, {moment}",
            headline="Ihr Termin ist gebucht",
            opening="Ihr Termin bei {business} ist gebucht. Wir freuen uns auf Sie.",
        ),
        NotificationKind.REQUESTED: Words(
            subject="Angefragt: {service}, {moment}",
            headline="Wir haben Ihre Anfrage",
            opening="{business} hat Ihre Terminanfrage erhalten und hält die Zeit für Sie frei. Sie hören von uns, sobald der Termin bestätigt ist.",
        ),
        NotificationKind.CONFIRMED: Words(
            subject="Bestätigt: {service}, {moment}",
            headline="Ihr Termin ist bestätigt",
            opening="{business} hat Ihren Termin bestätigt. Wir freuen uns auf Sie.",
        ),
        NotificationKind.DECLINED: Words(
            subject="Abgelehnt: {service}, {moment}",
            headline="Ihre Anfrage wurde abgelehnt",
            opening="es tut uns leid: {business} konnte Ihre Anfrage für diesen Termin nicht annehmen.",
        ),
        NotificationKind.CANCELLED: Words(
            subject="Abgesagt: {service}, {moment}",
            headline="Ihr Termin ist abgesagt",
            opening="Ihr Termin bei {business} wurde abgesagt.",
        ),
        NotificationKind.RESCHEDULED: Words(
            subject="Neue Zeit: {service}, {moment}",
            headline="Ihr Termin hat eine neue Zeit",
            opening="Ihr Termin bei {business} wurde verschoben. Dies ist die neue Zeit.",
        ),
        NotificationKind.REMINDER: Words(
            subject="Erinnerung: {service}, {moment}",
            headline="Ihr Termin steht bevor",
            opening="wir erinnern Sie an Ihren Termin bei {business}.",
        ),
        NotificationKind.WAITLIST_OFFER: Words(
            subject="Ein Termin ist frei geworden: {service}, {moment}",
            headline="Ein Termin ist für Sie frei geworden",
            opening="Sie warten auf einen Termin bei {business}, und dieser ist jetzt frei.",
        ),
    },
    several={
        NotificationKind.BOOKED: Words(
            subject="Gebucht: {count} Termine, {service}, ab {moment}",
            headline="Ihre {count} Termine sind gebucht",
            opening="Ihre {count} Termine bei {business} sind gebucht. Wir freuen uns auf Sie.",
        ),
        NotificationKind.REQUESTED: Words(
            subject="Angefragt: {count} Termine, {service}, ab {moment}",
            headline="Wir haben Ihre Anfrage für {count} Termine",
            opening="{business} hat Ihre Anfrage für {count} Termine erhalten und hält die Zeiten für Sie frei. Sie hören von uns, sobald die Termine bestätigt sind.",
        ),
        NotificationKind.CONFIRMED: Words(
            subject="Bestätigt: {count} Termine, {service}, ab {moment}",
            headline="Ihre {count} Termine sind bestätigt",
            opening="{business} hat Ihre {count} Termine bestätigt. Wir freuen uns auf Sie.",
        ),
        NotificationKind.DECLINED: Words(
            subject="Abgelehnt: {count} Termine, {service}, ab {moment}",
            headline="Ihre Anfrage für {count} Termine wurde abgelehnt",
            opening="es tut uns leid: {business} konnte Ihre Anfrage für diese {count} Termine nicht annehmen.",
        ),
        NotificationKind.CANCELLED: Words(
            subject="Abgesagt: {count} Termine, {service}, ab {moment}",
            headline="Ihre {count} Termine sind abgesagt",
            opening="Ihre {count} Termine bei {business} wurden abgesagt.",
        ),
        NotificationKind.RESCHEDULED: Words(
            subject="Neue Zeiten: {count} Termine, {service}, ab {moment}",
            headline="Ihre {count} Termine haben neue Zeiten",
            opening="Ihre {count} Termine bei {business} wurden verschoben. Dies sind die neuen Zeiten.",
        ),
    },
    offer=OfferLabels(
        until="Er ist bis {expires} für Sie reserviert. Danach wird er den Nächsten angeboten.",
        button="Diesen Termin buchen",
        code="Oder von Hand, mit diesem Code",
        otherwise="Wenn Sie ihn nicht brauchen, lehnen Sie ihn bitte dort ab. Sie warten dann weiter auf einen anderen.",
    ),
    account=AccountTexts(
        greeting="Guten Tag {name},",
        nameless_greeting="Guten Tag,",
        token="Oder von Hand, mit diesem Code",  # noqa: S106 - What stands before it.
        once="Er gilt einmal, {lifetime} lang.",
        unasked="Wenn Sie diese Nachricht nicht erwartet haben, können Sie sie ignorieren.",
        words={
            NotificationKind.EMAIL_VERIFICATION: AccountWords(
                subject="Bestätigen Sie Ihre E-Mail-Adresse für {business}",
                headline="Bestätigen Sie Ihre E-Mail-Adresse",
                opening="bitte bestätigen Sie, dass dies die E-Mail-Adresse Ihres Kontos bei {business} ist.",
                button="E-Mail-Adresse bestätigen",
            ),
            NotificationKind.PASSWORD_RESET: AccountWords(
                subject="Wählen Sie ein neues Passwort für {business}",
                headline="Wählen Sie ein neues Passwort",
                opening="jemand möchte ein neues Passwort für Ihr Konto bei {business} wählen.",
                button="Passwort wählen",
            ),
            NotificationKind.INVITATION: AccountWords(
                subject="Sie sind zu {business} eingeladen",
                headline="Sie sind eingeladen",
                opening="{business} hat ein Konto für Sie angelegt. Wählen Sie ein Passwort, um beizutreten.",
                button="Einladung annehmen",
            ),
        },
    ),
    reasons=Reasons(
        customer="Sie erhalten diese Nachricht, weil in Ihrem Namen ein Termin bei {business} gebucht oder angefragt wurde.",
        participant="Sie erhalten diese Nachricht, weil Ihre Teilnahme an einem Termin bei {business} angekündigt wurde.",
        waiting="Sie erhalten diese Nachricht, weil Sie auf der Warteliste von {business} stehen.",
        user="Sie erhalten diese Nachricht, weil diese Adresse für ein Konto bei {business} angegeben wurde.",
    ),
)
