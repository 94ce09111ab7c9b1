"""What the page says that an offer of the waitlist leads to, in each of our languages."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands before each fact of the offer."""

    service: str
    provider: str
    when: str
    where: str
    until: str


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What is said of an entry as it stands, and after each answer; {code} is the appointment's."""

    accepted: str
    declined: str
    waiting: str
    booked: str
    over: str
    left: str
    expired: str
    taken: str
    details: str
    closed: str
    unknown: str
    later: str
    failed: str


@dataclass(frozen=True, slots=True)
class WaitlistWords:
    title: str
    facts: Facts
    online: str
    accept: str
    decline: str
    outcomes: Outcomes
    needs_script: str


WAITLIST: Mapping[str, WaitlistWords] = {
    "en": WaitlistWords(
        title="An offer from the waitlist",
        facts=Facts(
            service="Service", provider="With", when="When", where="Where", until="Held until"
        ),
        online="Online",
        accept="Book this time",
        decline="No, thank you",
        outcomes=Outcomes(
            accepted="Booked: we look forward to seeing you. Your confirmation code is {code}.",
            declined="Thank you. You keep your place on the waitlist and will hear of the next time.",
            waiting="Nothing is offered to you at the moment: an offer that was declined, or not "
            "answered in time, goes to the next in line. You will get a mail when another time "
            "comes free.",
            booked="You have booked this time already. The confirmation is in your mail.",
            over="You are not on the waitlist any more: its dates are over, or several offers were "
            "not answered.",
            left="You have left the waitlist.",
            expired="This offer has expired and may have gone to the next in line.",
            taken="This time cannot be booked any more.",
            details="Please look at your answers again: what is missing or wrong is said beside "
            "them.",
            closed="The business takes no bookings at the moment. Please contact it.",
            unknown="This link is not valid.",
            later="Too many attempts. Please try again in a few minutes.",
            failed="This did not work. Please try again.",
        ),
        needs_script="This page needs JavaScript.",
    ),
    "de": WaitlistWords(
        title="Ein Angebot von der Warteliste",
        facts=Facts(
            service="Leistung", provider="Bei", when="Wann", where="Wo", until="Reserviert bis"
        ),
        online="Online",
        accept="Diesen Termin buchen",
        decline="Nein, danke",
        outcomes=Outcomes(
            accepted="Gebucht: Wir freuen uns auf Sie. Ihr Bestätigungscode ist {code}.",
            declined="Vielen Dank. Sie bleiben auf der Warteliste und hören vom nächsten freien "
            "Termin.",
            waiting="Zurzeit ist Ihnen kein Termin angeboten: Was abgelehnt oder nicht rechtzeitig "
            "beantwortet wird, geht an die Nächsten. Sie bekommen eine E-Mail, wenn ein anderer "
            "Termin frei wird.",
            booked="Sie haben diesen Termin schon gebucht. Die Bestätigung kam per E-Mail.",
            over="Sie stehen nicht mehr auf der Warteliste: Ihre Tage sind vorbei, oder mehrere "
            "Angebote blieben unbeantwortet.",
            left="Sie haben die Warteliste verlassen.",
            expired="Dieses Angebot ist abgelaufen und ging vielleicht schon an die Nächsten.",
            taken="Dieser Termin kann nicht mehr gebucht werden.",
            details="Bitte sehen Sie Ihre Angaben noch einmal an: Was fehlt oder nicht stimmt, "
            "steht daneben.",
            closed="Das Unternehmen nimmt zurzeit keine Buchungen an. Bitte wenden Sie sich an es.",
            unknown="Dieser Link ist nicht gültig.",
            later="Zu viele Versuche. Bitte versuchen Sie es in einigen Minuten noch einmal.",
            failed="Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.",
        ),
        needs_script="Diese Seite braucht JavaScript.",
    ),
    "fr": WaitlistWords(
        title="Une offre de la liste d'attente",
        facts=Facts(
            service="Prestation",
            provider="Avec",
            when="Quand",
            where="Où",
            until="Réservé pour vous jusqu'au",
        ),
        online="En ligne",
        accept="Réserver ce créneau",
        decline="Non merci",
        outcomes=Outcomes(
            accepted="C'est réservé : nous nous réjouissons de vous accueillir. Votre code de "
            "confirmation est {code}.",
            declined="Merci. Vous gardez votre place sur la liste d'attente et serez informé du "
            "prochain créneau.",
            waiting="Aucun créneau ne vous est proposé en ce moment : une offre refusée, ou restée "
            "sans réponse à temps, passe à la personne suivante. Vous recevrez un e-mail quand un "
            "autre créneau se libérera.",
            booked="Vous avez déjà réservé ce créneau. La confirmation vous a été envoyée par "
            "e-mail.",
            over="Vous n'êtes plus sur la liste d'attente : ses dates sont passées, ou plusieurs "
            "offres sont restées sans réponse.",
            left="Vous avez quitté la liste d'attente.",
            expired="Cette offre a expiré et a peut-être été proposée à la personne suivante.",
            taken="Ce créneau ne peut plus être réservé.",
            details="Veuillez revoir vos réponses : ce qui manque ou ne convient pas est indiqué "
            "à côté.",
            closed="L'entreprise ne prend pas de réservations en ce moment. Veuillez la contacter.",
            unknown="Ce lien n'est pas valable.",
            later="Trop de tentatives. Veuillez réessayer dans quelques minutes.",
            failed="Cela n'a pas fonctionné. Veuillez réessayer.",
        ),
        needs_script="Cette page a besoin de JavaScript.",
    ),
    "es": WaitlistWords(
        title="Una oferta de la lista de espera",
        facts=Facts(
            service="Servicio",
            provider="Con",
            when="Cuándo",
            where="Dónde",
            until="Reservada para usted hasta",
        ),
        online="En línea",
        accept="Reservar esta hora",
        decline="No, gracias",
        outcomes=Outcomes(
            accepted="Reservada: le esperamos. Su código de confirmación es {code}.",
            declined="Gracias. Conserva su lugar en la lista de espera y le avisaremos de la "
            "próxima hora libre.",
            waiting="Ahora no se le ofrece ninguna hora: una oferta rechazada, o no contestada a "
            "tiempo, pasa a la persona siguiente. Recibirá un correo cuando se libere otra hora.",
            booked="Ya ha reservado esta hora. La confirmación está en su correo.",
            over="Ya no está en la lista de espera: sus fechas han pasado, o varias ofertas "
            "quedaron sin respuesta.",
            left="Ha dejado la lista de espera.",
            expired="Esta oferta ha caducado y puede haber pasado a la persona siguiente.",
            taken="Esta hora ya no se puede reservar.",
            details="Revise sus respuestas, por favor: al lado se indica lo que falta o no es "
            "correcto.",
            closed="La empresa no acepta reservas en este momento. Póngase en contacto con ella.",
            unknown="Este enlace no es válido.",
            later="Demasiados intentos. Inténtelo de nuevo dentro de unos minutos.",
            failed="No ha funcionado. Inténtelo de nuevo, por favor.",
        ),
        needs_script="Esta página necesita JavaScript.",
    ),
}
